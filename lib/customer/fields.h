#ifndef CSTN_CUSTOMER_FIELDS_H
#define CSTN_CUSTOMER_FIELDS_H

#include "table/table_fields.h"

/* part / whole, null for whole 0, with its Wilson interval in the two columns that follow. */
void cstn__put_rate(
		cstn__table_builder *table, int32_t column, int64_t part, int64_t whole, double z);

#endif
