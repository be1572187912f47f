#ifndef CSTN_CUSTOMER_LOYALTY_TABLES_H
#define CSTN_CUSTOMER_LOYALTY_TABLES_H

#include "customer/loyalty_verdict.h"
#include "table/table_fields.h"

void cstn__loyalty_put_label(cstn__table_builder *table, int32_t column,
		const cstn__interner *labels, uint32_t label);

/* A row's groups by what they have in common. */
#define CSTN__BY_ALL 0
#define CSTN__BY_SEGMENT 1
#define CSTN__BY_STAGE 2
#define CSTN__BY_BOTH 3

/* A row of a table over groups: those numbered in `members`, which `sum` adds up. */
typedef struct cstn__loyalty_row {
	const cstn_loyalty_verdicts *verdicts;
	int by;
	int32_t reserved;
	const size_t *members;
	size_t n;
	cstn__loyalty_group sum;
} cstn__loyalty_row;
/* Columns 0..2: by, segment, stage. */
void cstn__loyalty_put_group(cstn__table_builder *table, const cstn__loyalty_row *row);
cstn_status cstn__loyalty_put_shares(
		cstn__table_builder *table, const cstn__loyalty_row *row, cstn_error **error);
cstn_status cstn__loyalty_put_promoters(
		cstn__table_builder *table, const cstn__loyalty_row *row, cstn_error **error);
extern const cstn__table_field cstn__loyalty_share_fields[21];
extern const cstn__table_field cstn__loyalty_promoter_fields[12];
/* Sums of money leave as int64. */
cstn_status cstn__loyalty_put_money(
		cstn__table_builder *table, int32_t column, cstn__i128 sum, cstn_error **error);

#endif
