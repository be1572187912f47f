/* Would the tapes notice? The linker puts the functions here between lib/network and lib/store;
 * each run one of them goes wrong in one way, and the tapes must fail.
 *
 * usage: tape_mutants */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "layer.h"
#include "network/attributes.h"
#include "network/checks.h"
#include "store/gather.h"

enum {
	SOUND,
	AS_OF_ONE_EARLY,
	RANGE_ONE_SHORT,
	SINCE_ONE_MORE,
	DEAD_ROWS_SHOWN,
	DELETION_LOST,
	NO_PRECONDITIONS,
	TOTALS_NOT_KEPT,
	REFERENCES_NOT_LOOKED_UP,
	PURPOSES_IN_CIRCLES,
	MEMBERS_AFTER_THEIR_END,
	PERSONS_WHO_ARE_PARTNERS,
	ANSWERS_BEYOND_THE_SCALE,
	ANSWERS_BEYOND_TEN,
	SHARED_WITH_NOBODY,
	PURPOSES_OF_NOBODY,
	WITHDRAWN_IS_NOTHING_NEW,
	DISTANCES_OF_NO_KIND,
	DOCUMENTS_IN_NO_STATE,
	REVISIONS_FROM_NOUGHT,
	BUYERS_ARE_PARTNERS,
	IDENTIFIERS_OF_ANY_SCHEME,
	NOTHING_SAID_OF_A_PARTNER,
	ATTRIBUTES_UNREAD,
	ATTRIBUTES_IN_ANY_FORM,
	ATTRIBUTES_WITHOUT_THE_LAST,
	ATTRIBUTES_LOST_IN_COMPACTION,
	MUTANTS
};
static const char *const what[MUTANTS] = {"nothing", "as of a time, one microsecond less",
		"a range without its last value", "changes since one transaction earlier",
		"dead rows given", "a deletion that is not stored", "preconditions dropped",
		"totals of order lines not stored", "names of nothing accepted",
		"purposes that cover themselves accepted", "memberships that end before they begin",
		"persons that are partners", "answers beyond their own scale",
		"answers beyond ten to the promoter question", "consent to share with nobody",
		"purposes of consents that are none", "a consent withdrawn taken for the one given",
		"legs with a distance of no kind", "documents in a state that is none",
		"order revision 0", "customers are no buyers", "identifiers against their scheme",
		"nothing said about a partner", "an attribute that a scan does not find",
		"objects of attributes in any form", "one of two columns of attributes",
		"attributes lost in compaction"};
static int mutant;

/* The names that the linker's --wrap asks for. */
cstn_status __real_cstn__scan_new(cstn__snapshot *snapshot, uint32_t table,
		const cstn__scan_options *options, cstn__scan **scan, cstn_error **error);
cstn_status __wrap_cstn__scan_new(cstn__snapshot *snapshot, uint32_t table,
		const cstn__scan_options *options, cstn__scan **scan, cstn_error **error);
cstn_status __wrap_cstn__scan_new(cstn__snapshot *snapshot, uint32_t table,
		const cstn__scan_options *options, cstn__scan **scan, cstn_error **error)
{
	cstn__scan_options own = *options;
	cstn__scan_range ranges[8];

	if (mutant == AS_OF_ONE_EARLY && own.as_of_us != INT64_MAX)
		own.as_of_us--;
	for (size_t i = 0; i < own.n_ranges && i < 8; i++) {
		ranges[i] = own.ranges[i];
		if (mutant == RANGE_ONE_SHORT && ranges[i].max != INT64_MAX)
			ranges[i].max--;
		if (mutant == SINCE_ONE_MORE && ranges[i].column == CSTN__COLUMN_SEQ)
			ranges[i].min--;
	}
	if (own.n_ranges)
		own.ranges = ranges;
	return __real_cstn__scan_new(snapshot, table, &own, scan, error);
}

cstn_status __real_cstn__scan_next(cstn__scan *scan, cstn__scan_chunk *chunk, cstn_error **error);
cstn_status __wrap_cstn__scan_next(cstn__scan *scan, cstn__scan_chunk *chunk, cstn_error **error);
cstn_status __wrap_cstn__scan_next(cstn__scan *scan, cstn__scan_chunk *chunk, cstn_error **error)
{
	static uint64_t all[1024];
	cstn_status status = __real_cstn__scan_next(scan, chunk, error);

	if (status == CSTN_OK && mutant == DEAD_ROWS_SHOWN) {
		memset(all, 0, sizeof(all));
		for (uint64_t i = 0; i < chunk->rows; i++)
			all[i / 64] |= UINT64_C(1) << i % 64;
		chunk->visible = all;
		chunk->n_visible = chunk->rows;
	}
	return status;
}

cstn_status __real_cstn__transaction_delete(cstn__transaction *transaction, uint32_t table,
		const cstn__store_batch *batch, cstn_error **error);
cstn_status __wrap_cstn__transaction_delete(cstn__transaction *transaction, uint32_t table,
		const cstn__store_batch *batch, cstn_error **error);
cstn_status __wrap_cstn__transaction_delete(cstn__transaction *transaction, uint32_t table,
		const cstn__store_batch *batch, cstn_error **error)
{
	return mutant == DELETION_LOST
			       ? CSTN_OK
			       : __real_cstn__transaction_delete(transaction, table, batch, error);
}

cstn_status __real_cstn__transaction_require(cstn__transaction *transaction, uint32_t table,
		const cstn__values *key, uint64_t seq, cstn_error **error);
cstn_status __wrap_cstn__transaction_require(cstn__transaction *transaction, uint32_t table,
		const cstn__values *key, uint64_t seq, cstn_error **error);
cstn_status __wrap_cstn__transaction_require(cstn__transaction *transaction, uint32_t table,
		const cstn__values *key, uint64_t seq, cstn_error **error)
{
	return mutant == NO_PRECONDITIONS ? CSTN_OK
					  : __real_cstn__transaction_require(
							    transaction, table, key, seq, error);
}

cstn_status __real_cstn__checks_flush(cstn__checks *checks, cstn__transaction *transaction,
		int64_t recorded_us, cstn_error **error);
cstn_status __wrap_cstn__checks_flush(cstn__checks *checks, cstn__transaction *transaction,
		int64_t recorded_us, cstn_error **error);
cstn_status __wrap_cstn__checks_flush(cstn__checks *checks, cstn__transaction *transaction,
		int64_t recorded_us, cstn_error **error)
{
	return mutant == TOTALS_NOT_KEPT
			       ? CSTN_OK
			       : __real_cstn__checks_flush(checks, transaction, recorded_us, error);
}

cstn_status __real_cstn__checks_reference(cstn__checks *checks, const cstn__field *field,
		const char *id, size_t len, const char *owner, size_t owner_len, int *out,
		cstn_error **error);
cstn_status __wrap_cstn__checks_reference(cstn__checks *checks, const cstn__field *field,
		const char *id, size_t len, const char *owner, size_t owner_len, int *out,
		cstn_error **error);
cstn_status __wrap_cstn__checks_reference(cstn__checks *checks, const cstn__field *field,
		const char *id, size_t len, const char *owner, size_t owner_len, int *out,
		cstn_error **error)
{
	cstn__field own = *field;
	cstn_status status;

	if (mutant == BUYERS_ARE_PARTNERS)
		own.flags &= ~CSTN__FIELD_OR_CUSTOMER;
	status = __real_cstn__checks_reference(checks, &own, id, len, owner, owner_len, out, error);
	if (mutant == REFERENCES_NOT_LOOKED_UP)
		*out = 1;
	return status;
}

cstn_status __real_cstn__purpose_is_cyclic(
		cstn__checks *checks, const cstn__key *edge, int *out, cstn_error **error);
cstn_status __wrap_cstn__purpose_is_cyclic(
		cstn__checks *checks, const cstn__key *edge, int *out, cstn_error **error);
cstn_status __wrap_cstn__purpose_is_cyclic(
		cstn__checks *checks, const cstn__key *edge, int *out, cstn_error **error)
{
	cstn_status status = __real_cstn__purpose_is_cyclic(checks, edge, out, error);

	if (mutant == PURPOSES_IN_CIRCLES)
		*out = 0;
	return status;
}

/* Rules of two fields, by noun and kind, that a mutant leaves out. */
static const struct {
	int mutant;
	uint32_t noun, kind;
} left_out[] = {{MEMBERS_AFTER_THEIR_END, CSTN__NOUN_MEMBERSHIP, CSTN__CROSS_BEFORE},
		{PERSONS_WHO_ARE_PARTNERS, CSTN__NOUN_CUSTOMER, CSTN__CROSS_PERSON},
		{ANSWERS_BEYOND_THE_SCALE, CSTN__NOUN_INTERACTION, CSTN__CROSS_AT_MOST},
		{ANSWERS_BEYOND_TEN, CSTN__NOUN_INTERACTION, CSTN__CROSS_NPS},
		{SHARED_WITH_NOBODY, CSTN__NOUN_CONSENT, CSTN__CROSS_SHARE},
		{DISTANCES_OF_NO_KIND, CSTN__NOUN_SHIPMENT_LEG, CSTN__CROSS_NEEDS},
		{IDENTIFIERS_OF_ANY_SCHEME, CSTN__NOUN_PARTNER_IDENTIFIER, CSTN__CROSS_SCHEME},
		{NOTHING_SAID_OF_A_PARTNER, CSTN__NOUN_PARTNER_ATTRIBUTE, CSTN__CROSS_ONE_OF}};

int32_t __real_cstn__cross_check(const cstn__noun *noun, const cstn__cross *cross,
		const cstn__cell *a, const cstn__cell *b, uint32_t *field);
int32_t __wrap_cstn__cross_check(const cstn__noun *noun, const cstn__cross *cross,
		const cstn__cell *a, const cstn__cell *b, uint32_t *field);
int32_t __wrap_cstn__cross_check(const cstn__noun *noun, const cstn__cross *cross,
		const cstn__cell *a, const cstn__cell *b, uint32_t *field)
{
	for (size_t i = 0; i < sizeof(left_out) / sizeof(*left_out); i++)
		if (left_out[i].mutant == mutant && left_out[i].noun == noun->id &&
				left_out[i].kind == cross->kind)
			return 0;
	return __real_cstn__cross_check(noun, cross, a, b, field);
}

cstn_status __real_cstn__snapshot_record(cstn__snapshot *snapshot, const cstn__key *key,
		int64_t as_of_us, const cstn_allocator *allocator, cstn_record **out,
		cstn_error **error);
cstn_status __wrap_cstn__snapshot_record(cstn__snapshot *snapshot, const cstn__key *key,
		int64_t as_of_us, const cstn_allocator *allocator, cstn_record **out,
		cstn_error **error);
cstn_status __wrap_cstn__snapshot_record(cstn__snapshot *snapshot, const cstn__key *key,
		int64_t as_of_us, const cstn_allocator *allocator, cstn_record **out,
		cstn_error **error)
{
	cstn_status status = __real_cstn__snapshot_record(
			snapshot, key, as_of_us, allocator, out, error);

	if (status == CSTN_OK && *out && mutant == WITHDRAWN_IS_NOTHING_NEW &&
			key->noun->id == CSTN__NOUN_CONSENT)
		*cstn__record_cell(*out, CSTN_NO_LINE, CSTN__CONSENT_STATE) =
				(cstn__cell){.text = "withdrawn", .len = 9, .valid = 1};
	return status;
}

int32_t __real_cstn__rule_check_int(const cstn__field *field, int64_t value);
int32_t __wrap_cstn__rule_check_int(const cstn__field *field, int64_t value);
int32_t __wrap_cstn__rule_check_int(const cstn__field *field, int64_t value)
{
	if (mutant == REVISIONS_FROM_NOUGHT && strcmp(field->name, "revision") == 0)
		return 0;
	if (mutant == PURPOSES_OF_NOBODY && strcmp(field->name, "purpose") == 0)
		return 0;
	return __real_cstn__rule_check_int(field, value);
}

int32_t __real_cstn__rule_check_text(const cstn__field *field, const char *text, size_t len);
int32_t __wrap_cstn__rule_check_text(const cstn__field *field, const char *text, size_t len);
int32_t __wrap_cstn__rule_check_text(const cstn__field *field, const char *text, size_t len)
{
	const cstn__noun *documents = cstn__noun_get(CSTN__NOUN_SHIPMENT_DOCUMENT);

	if (mutant == DOCUMENTS_IN_NO_STATE &&
			field == &documents->fields[CSTN__SHIPMENT_DOCUMENT_STATE])
		return 0;
	return __real_cstn__rule_check_text(field, text, len);
}

int __real_cstn__attributes_find(
		const char *object, size_t len, const char *name, cstn__bytes *bytes);
int __wrap_cstn__attributes_find(
		const char *object, size_t len, const char *name, cstn__bytes *bytes);
int __wrap_cstn__attributes_find(
		const char *object, size_t len, const char *name, cstn__bytes *bytes)
{
	return mutant != ATTRIBUTES_UNREAD &&
	       __real_cstn__attributes_find(object, len, name, bytes);
}

int32_t __real_cstn__attributes_check(const char *text, size_t len);
int32_t __wrap_cstn__attributes_check(const char *text, size_t len);
int32_t __wrap_cstn__attributes_check(const char *text, size_t len)
{
	return mutant == ATTRIBUTES_IN_ANY_FORM ? 0 : __real_cstn__attributes_check(text, len);
}

void __real_cstn__attributes_put(
		cstn__bytes *bytes, const char *name, const char *text, size_t len);
void __wrap_cstn__attributes_put(
		cstn__bytes *bytes, const char *name, const char *text, size_t len);
void __wrap_cstn__attributes_put(cstn__bytes *bytes, const char *name, const char *text, size_t len)
{
	if (mutant != ATTRIBUTES_WITHOUT_THE_LAST || !bytes->size)
		__real_cstn__attributes_put(bytes, name, text, len);
}

cstn_status __real_cstn__put_without(cstn__segment_writer *writer, const cstn__store_batch *batch,
		const cstn__store_table *table, const uint32_t *dropped, size_t n_dropped,
		uint64_t first, const cstn_allocator *allocator, cstn_error **error);
cstn_status __wrap_cstn__put_without(cstn__segment_writer *writer, const cstn__store_batch *batch,
		const cstn__store_table *table, const uint32_t *dropped, size_t n_dropped,
		uint64_t first, const cstn_allocator *allocator, cstn_error **error);
cstn_status __wrap_cstn__put_without(cstn__segment_writer *writer, const cstn__store_batch *batch,
		const cstn__store_table *table, const uint32_t *dropped, size_t n_dropped,
		uint64_t first, const cstn_allocator *allocator, cstn_error **error)
{
	uint32_t ids[128];
	cstn__values columns[128];
	cstn__store_batch own = *batch;

	if (mutant == ATTRIBUTES_LOST_IN_COMPACTION && table->id == CSTN__NOUN_ORDER &&
			batch->n_columns <= 128) {
		own.n_columns = 0;
		own.ids = ids;
		own.columns = columns;
		for (size_t i = 0; i < batch->n_columns; i++)
			if (batch->ids[i] != CSTN__COLUMN_FIRST + CSTN__ORDER_ATTRIBUTES) {
				ids[own.n_columns] = batch->ids[i];
				columns[own.n_columns++] = batch->columns[i];
			}
	}
	return __real_cstn__put_without(
			writer, &own, table, dropped, n_dropped, first, allocator, error);
}

int main(void)
{
	uint64_t passed = 0, failed = 0;

	for (mutant = SOUND; mutant < MUTANTS; mutant++) {
		layer one = {.name = "network", .quiet = 1, .seed = 1, .effort = 200};

		layer_network(&one);
		if ((one.failed != 0) == (mutant != SOUND)) {
			passed++;
			printf("N%-2d %-45s %s%.200s\n", mutant, what[mutant],
					mutant == SOUND ? "no tape fails" : "killed: ", one.why);
		} else {
			failed++;
			printf("N%-2d %-45s NOT as it should be: %.200s\n", mutant, what[mutant],
					one.why);
		}
		fflush(stdout);
	}
	printf("%" PRIu64 " passed, %" PRIu64 " failed\n", passed, failed);
	return failed != 0;
}
