#ifndef CSTN_SHARING_CUSTOMER_H
#define CSTN_SHARING_CUSTOMER_H

#include <jansson.h>

#include <constellation/customer.h>

#include "base/alloc.h"
#include "network/cells.h"
#include "network/noun.h"

/* The path of a personal field in the vault, by its number. */
const char *cstn__customer_path(size_t field);

/* The record of a customer who is a person. CSTN_E_NOT_FOUND, CSTN_E_INVALID_ARGUMENT. */
cstn_status cstn__customer_person(cstn_snapshot *snapshot, const char *customer, const char *owner,
		cstn_record **out, cstn_error **error);

/* --- records of a noun that name a customer (customer_records.c) --- */
typedef CSTN__ARRAY(cstn_record *) cstn__customer_list;
/* Of a customer and owner ("": the network's own), by time, `recorded`, id. `field` names the
 * customer, `time` is the field of the order. The list is freed with the call below, whatever this
 * returns. */
typedef struct cstn__customer_records {
	uint32_t noun, field, owner, time;
} cstn__customer_records;
extern const cstn__customer_records cstn__customer_consents, cstn__customer_interactions;
cstn_status cstn__customer_records_load(cstn_snapshot *snapshot,
		const cstn__customer_records *which, const char *customer, const char *owner,
		cstn__customer_list *out, cstn_error **error);
void cstn__customer_records_free(cstn_snapshot *snapshot, cstn__customer_list *list);
/* The fields of a record that have a value; NULL: out of memory. */
json_t *cstn__record_to_json(const cstn_record *record);
/* ... of each of a list. */
json_t *cstn__records_to_json(const cstn__customer_list *list);

/* --- what is judged of a customer (customer_judged.c) --- */
/* From the interactions, the members "stages" and "verdicts" of `into`. */
cstn_status cstn__customer_judged(const cstn_snapshot *snapshot, const char *customer,
		const cstn__customer_list *interactions,
		const cstn_customer_export_options *options, json_t *into, cstn_error **error);

/* --- tables (customer_table.c) --- */
/* The rows of a stream that this library made (flags, integers, doubles, text, times), which is
 * released, as objects in a list; nulls and columns whose name is `without` are left out. */
cstn_status cstn__table_to_json(struct ArrowArrayStream *stream, const char *without, json_t **out,
		cstn_error **error);
/* "2025-12-01T00:00:00Z"; NULL: out of memory. */
json_t *cstn__json_of_time(int64_t us);

#endif
