/* Bad input, rule by rule: events, customers, what passes between them and us, what they allow; and
 * what a batch that fails leaves on disk: nothing. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad_input.h"
#include "posix_folder.h"
#include "suite.h"

#define ARGUMENT CSTN_E_INVALID_ARGUMENT
#define HEX "70a6437a3775bd759b18f8e1ab3ba82464a401e509c791bc8c8d0df62b2fc35a"
#define DAY_1 "2024-01-01T00:00:00Z"
#define DAY_2 "2024-01-02T00:00:00Z"
#define EVENT "event_id=X;subject_kind=order;subject_id=O;type=packed;class=actual;occurred=" DAY_1
#define CUSTOMER "customer_id=X;kind=person"
#define INTERACTION "event_id=X;customer_id=jo;kind=satisfaction;valid=" DAY_1
#define ANSWER "event_id=X;customer_id=jo;kind=nps_answer;number=9;valid=" DAY_1
#define CONSENT \
	"consent_id=X;customer_id=jo;purpose=1;basis=consent;state=granted;valid_from=" DAY_1

/* clang-format off */
static const bad_rule rules[] = {
	/* events: what, to what, how sure, when */
	{"event", EVENT, "event_id=", NULL, ARGUMENT, "event_id", "a value is required", CSTN_ROW_NULL, NULL},
	{"event", EVENT, "event_id=@65", "event_id=@64", ARGUMENT, "event_id", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"event", EVENT, "owner=nobody", "owner=acme", ARGUMENT, "owner", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"event", EVENT, "subject_kind=", NULL, ARGUMENT, "subject_kind", "a value is required", CSTN_ROW_NULL, NULL},
	{"event", EVENT, "subject_kind=truck", "subject_kind=equipment", ARGUMENT, "subject_kind", "'truck' is none of its codes", CSTN_ROW_VALUE, "truck"},
	{"event", EVENT, "subject_id=", NULL, ARGUMENT, "subject_id", "a value is required", CSTN_ROW_NULL, NULL},
	{"event", EVENT, "line_number=0", "line_number=1", ARGUMENT, "line_number", "0 is not positive", CSTN_ROW_NOT_POSITIVE, "'0'"},
	{"event", EVENT, "type=", NULL, ARGUMENT, "type", "a value is required", CSTN_ROW_NULL, NULL},
	{"event", EVENT, "type=pickled", "type=gate_out", ARGUMENT, "type", "(picked, packed, staged", CSTN_ROW_VALUE, "pickled"},
	{"event", EVENT, "class=", NULL, ARGUMENT, "class", "a value is required", CSTN_ROW_NULL, NULL},
	{"event", EVENT, "class=ACT", "class=estimated", ARGUMENT, "class", "(planned, estimated, actual)", CSTN_ROW_VALUE, "ACT"},
	{"event", EVENT, "occurred=", NULL, ARGUMENT, "occurred", "a value is required", CSTN_ROW_NULL, NULL},
	{"event", EVENT, "occurred=2024-01-01T24:00:01Z", "occurred=2024-01-01T23:59:59Z", CSTN_E_FORMAT, "occurred", "is no timestamp", 0, NULL},
	{"event", EVENT, "utc_offset_minutes=1081", "utc_offset_minutes=1080", ARGUMENT, "utc_offset_minutes", "1081 is outside its range (-1080 to 1080)", CSTN_ROW_RANGE, "1081"},
	{"event", EVENT, "utc_offset_minutes=-1081", "utc_offset_minutes=-1080", ARGUMENT, "utc_offset_minutes", "-1081 is outside", CSTN_ROW_RANGE, "-1081"},
	{"event", EVENT, "qty=-1", "qty=0", ARGUMENT, "qty", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"event", EVENT, "qty=25;qty_exponent=7", "qty=25;qty_exponent=6", ARGUMENT, "qty_exponent", "7 is outside its range (0 to 6)", CSTN_ROW_RANGE, "'7'"},
	{"event", EVENT, "unit=pieces", "unit=C62", ARGUMENT, "unit", "UN/ECE Recommendation 20", CSTN_ROW_UNIT, "pieces"},
	{"event", EVENT, "document_type=letter", "document_type=invoice", ARGUMENT, "document_type", "'letter' is none of its codes", CSTN_ROW_VALUE, "letter"},
	{"event", EVENT, "source_role=spy", "source_role=shipper", ARGUMENT, "source_role", "(consignee, carrier, shipper, other)", CSTN_ROW_VALUE, "spy"},
	{"event", EVENT, "corrects=@65", "corrects=@64", ARGUMENT, "corrects", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"event", EVENT, "corrects=X", "corrects=E", ARGUMENT, "corrects", "X names the record itself", CSTN_ROW_VALUE, "'X'"},

	/* customers: a person is no partner */
	{"customer", CUSTOMER, "customer_id=", NULL, ARGUMENT, "customer_id", "a value is required", CSTN_ROW_NULL, NULL},
	{"customer", CUSTOMER, "customer_id=@65", "customer_id=@64", ARGUMENT, "customer_id", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"customer", CUSTOMER, "kind=", NULL, ARGUMENT, "kind", "a value is required", CSTN_ROW_NULL, NULL},
	{"customer", CUSTOMER, "kind=robot", "kind=organisation", ARGUMENT, "kind", "(person, organisation)", CSTN_ROW_VALUE, "robot"},
	{"customer", CUSTOMER, "kind=person;partner_id=acme", "kind=organisation;partner_id=acme", ARGUMENT, "partner_id", "acme (kind: person) is given, and only an organisation", CSTN_ROW_VALUE, "acme (kind: person)"},
	{"customer", CUSTOMER, "kind=organisation;partner_id=nobody", "kind=organisation;partner_id=rival", ARGUMENT, "partner_id", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"customer", CUSTOMER, "country=UK", "country=GB", ARGUMENT, "country", "ISO 3166", CSTN_ROW_UNIT, "UK"},
	{"customer", CUSTOMER, "currency=EU", "currency=GBP", ARGUMENT, "currency", "ISO 4217", CSTN_ROW_UNIT, "EU"},
	{"customer", CUSTOMER, "first_seen=2023-02-29", "first_seen=2024-02-29", CSTN_E_FORMAT, "first_seen", "'2023-02-29' is no date", 0, NULL},
	{"customer", CUSTOMER, "constellation_id=c3", "constellation_id=c2", ARGUMENT, "constellation_id", "'c3' names a record", CSTN_ROW_REFERENCE, "c3"},
	{"customer", CUSTOMER, "segment_model=model", "segment_model=" HEX, ARGUMENT, "segment_model", "64 lower-case hexadecimal", CSTN_ROW_LENGTH, "model"},
	{"customer", CUSTOMER, "stage=happy", "stage=develop", ARGUMENT, "stage", "'happy' is none of its codes", CSTN_ROW_VALUE, "happy"},
	{"customer", CUSTOMER, "service_plan_digest=" HEX "f", "service_plan_digest=" HEX, ARGUMENT, "service_plan_digest", "64 lower-case hexadecimal", CSTN_ROW_LENGTH, HEX},
	{"customer", CUSTOMER, "legal_hold=2", "legal_hold=1", CSTN_E_FORMAT, "legal_hold", "'2' is no flag", 0, NULL},

	/* interactions: an answer lies on its scale, and one of NPS on 0 to 10 */
	{"interaction", INTERACTION, "event_id=@65", "event_id=@64", ARGUMENT, "event_id", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"interaction", INTERACTION, "customer_id=nobody", "customer_id=jo", ARGUMENT, "customer_id", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"interaction", INTERACTION, "customer_id=", NULL, ARGUMENT, "customer_id", "a value is required", CSTN_ROW_NULL, NULL},
	{"interaction", INTERACTION, "kind=", NULL, ARGUMENT, "kind", "a value is required", CSTN_ROW_NULL, NULL},
	{"interaction", INTERACTION, "kind=chat", "kind=complaint", ARGUMENT, "kind", "'chat' is none of its codes", CSTN_ROW_VALUE, "chat"},
	{"interaction", INTERACTION, "valid=", NULL, ARGUMENT, "valid", "a value is required", CSTN_ROW_NULL, NULL},
	{"interaction", INTERACTION, "order_id=Q", "order_id=O", ARGUMENT, "order_id", "'Q' names a record", CSTN_ROW_REFERENCE, "'Q'"},
	{"interaction", INTERACTION, "number_scale=19", "number_scale=18", ARGUMENT, "number_scale", "19 is outside its range (0 to 18)", CSTN_ROW_RANGE, "19"},
	{"interaction", INTERACTION, "number_scale=-1", "number_scale=0", ARGUMENT, "number_scale", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},
	{"interaction", INTERACTION, "scale_min=5;scale_max=4", "scale_min=5;scale_max=5", ARGUMENT, "scale_max", "4 (scale_min: 5) is before that", CSTN_ROW_ORDER, "'4 (scale_min: 5)'"},
	{"interaction", INTERACTION, "number=6;scale_min=1;scale_max=5", "number=5;scale_min=1;scale_max=5", ARGUMENT, "number", "6 (scale_max: 5) is more than that", CSTN_ROW_RANGE, "'6 (scale_max: 5)'"},
	{"interaction", INTERACTION, "number=0;scale_min=1;scale_max=5", "number=1;scale_min=1;scale_max=5", ARGUMENT, "scale_min", "1 (number: 0) is more than that", CSTN_ROW_RANGE, "'1 (number: 0)'"},
	{"interaction", ANSWER, "number=11", "number=10", ARGUMENT, "number", "11 (kind: nps_answer) is no answer of 0 to 10", CSTN_ROW_RANGE, "'11 (kind: nps_answer)'"},
	{"interaction", ANSWER, "number=-1", "number=0", ARGUMENT, "number", "-1 (kind: nps_answer) is no answer of 0 to 10", CSTN_ROW_RANGE, "'-1 (kind: nps_answer)'"},
	{"interaction", ANSWER, "number=", NULL, ARGUMENT, "number", "a value is required of an nps_answer", CSTN_ROW_NULL, NULL},
	{"interaction", ANSWER, "number_scale=1", "number_scale=0", ARGUMENT, "number_scale", "has decimals", CSTN_ROW_FRACTION, "'1 (kind: nps_answer)'"},
	{"interaction", INTERACTION, "reason=rude", "reason=changed_mind", ARGUMENT, "reason", "'rude' is none of its codes", CSTN_ROW_VALUE, "rude"},
	{"interaction", INTERACTION, "weight=-1", "weight=0", ARGUMENT, "weight", "-1 is negative", CSTN_ROW_NEGATIVE, "'-1'"},

	/* consent: for one purpose, on one basis, from a time on */
	{"consent", CONSENT, "consent_id=@65", "consent_id=@64", ARGUMENT, "consent_id", "1 to 64 bytes", CSTN_ROW_LENGTH, "xxx"},
	{"consent", CONSENT, "customer_id=nobody", "customer_id=jo", ARGUMENT, "customer_id", "'nobody' names a record", CSTN_ROW_REFERENCE, "nobody"},
	{"consent", CONSENT, "purpose=", NULL, ARGUMENT, "purpose", "a value is required", CSTN_ROW_NULL, NULL},
	{"consent", CONSENT, "purpose=0", "purpose=1", ARGUMENT, "purpose", "0 is not one of the allowed values (1 to 6, or your own from 1000)", CSTN_ROW_VALUE, "'0'"},
	{"consent", CONSENT, "purpose=7", "purpose=6", ARGUMENT, "purpose", "7 is not one of the allowed values", CSTN_ROW_VALUE, "'7'"},
	{"consent", CONSENT, "purpose=999", "purpose=1000", ARGUMENT, "purpose", "999 is not one of the allowed values", CSTN_ROW_VALUE, "'999'"},
	{"consent", CONSENT, "purpose=-1", "purpose=2147483647", ARGUMENT, "purpose", "-1 is not one of the allowed values", CSTN_ROW_VALUE, "'-1'"},
	{"consent", CONSENT, "purpose=5", "purpose=5;constellation_id=c1", ARGUMENT, "constellation_id", "a value is required", CSTN_ROW_NULL, NULL},
	{"consent", CONSENT, "constellation_id=c3", "constellation_id=c2", ARGUMENT, "constellation_id", "'c3' names a record", CSTN_ROW_REFERENCE, "c3"},
	{"consent", CONSENT, "basis=", NULL, ARGUMENT, "basis", "a value is required", CSTN_ROW_NULL, NULL},
	{"consent", CONSENT, "basis=habit", "basis=contract", ARGUMENT, "basis", "(consent, contract, legal_obligation, legitimate_interest)", CSTN_ROW_VALUE, "habit"},
	{"consent", CONSENT, "state=", NULL, ARGUMENT, "state", "a value is required", CSTN_ROW_NULL, NULL},
	{"consent", CONSENT, "state=maybe", "state=withdrawn", ARGUMENT, "state", "(granted, refused, withdrawn)", CSTN_ROW_VALUE, "maybe"},
	{"consent", CONSENT, "valid_from=", NULL, ARGUMENT, "valid_from", "a value is required", CSTN_ROW_NULL, NULL},
	{"consent", CONSENT, "valid_until=" DAY_1, "valid_until=2024-01-01T00:00:00.000001Z", ARGUMENT, "valid_until", "(valid_from: 2024-01-01T00:00:00Z) is not after that", CSTN_ROW_ORDER, "(valid_from: 2024-01-01T00:00:00Z)"},
	{"consent", CONSENT, "evidence=" HEX "0", "evidence=" HEX, ARGUMENT, "evidence", "64 lower-case hexadecimal", CSTN_ROW_LENGTH, HEX},
};

/* Nouns of which an id comes once: the same content again is no change, other content a conflict. */
static const struct {
	const char *noun, *good, *other, *id;
} once[] = {
	{"event", EVENT, "qty=1", "event_id"},
	{"interaction", INTERACTION, "number=1", "event_id"},
	{"consent", CONSENT, "state=refused", "consent_id"},
};

/* A record of each noun with a bad value, for a network on disk. */
static const struct {
	const char *noun, *good, *bad;
} batches[] = {
	{"partner", "partner_id=X", "gln=4012345000008"},
	{"constellation", "constellation_id=X;owner_id=acme", "owner_id=nobody"},
	{"membership", "partner_id=acme;constellation_id=c1", "constellation_id=c3"},
	{"relation", "declarer_id=acme;other_id=bolts;constellation_id=c1;relation=partner", "relation=foe"},
	{"purpose", "purpose_id=X;constellation_id=c1;parent_id=low", "parent_id=X"},
	{"item", "item_id=X", "gtin=4006381333932"},
	{"location", "location_id=X;type=dc;country=DE", "country=XX"},
	{"order", "order_id=X;seller=acme;buyer=bolts;ordered=" DAY_1 ";line_number=1;item_id=nut;qty=5", "qty=0"},
	{"order_revision", "order_id=O;revision=1;changed=" DAY_1 ";initiator=customer;agreed=1;field=promised", "order_id=Q"},
	{"shipment", "shipment_id=X;from_location=dc;to_location=shop;order_id=O;line_number=1;qty=1", "qty=11"},
	{"shipment_leg", "shipment_id=S;leg=1;mode=road;from_location=dc;to_location=shop", "leg=0"},
	{"shipment_document", "shipment_id=S;type=packing_slip;state=issued", "state=burnt"},
	{"event", EVENT, "occurred="},
	{"return", "return_id=X;order_id=O;line_number=2;qty=1;reason=size;requested=" DAY_1, "qty=4"},
	{"inventory", "location_id=dc;item_id=nut;status=available;as_of=" DAY_1 ";qty=5", "reserved=-1"},
	{"customer", CUSTOMER, "partner_id=acme"},
	{"interaction", ANSWER, "number=11"},
	{"consent", CONSENT, "purpose=7"},
	{"partner_identifier", "partner_id=acme;scheme=vat;identifier=DE1", "scheme=gln"},
	{"partner_attribute", "partner_id=acme;name=esg_score;source=rater;value=1", "value="},
	{"verifier", "partner_id=acme;use=sign;verifier=acme.example+1+k", "use=seal"},
	{"field_class", "constellation_id=c1;path=order.qty;classes=4", "classes=64"},
	{"member_role", "partner_id=acme;constellation_id=c1;role=buyer", "role=boss"},
	{"sharing_policy", "constellation_id=c1;rows_least=5", "rows_least=0"},
};
/* clang-format on */
#define N_BATCHES ((int)(sizeof(batches) / sizeof(batches[0])))

BAD_RULE_TESTS(rules)

START_TEST(the_same_id_with_other_content_is_a_conflict)
{
	cstn_network *network = bad_input_network();
	uint64_t seq;
	char said[4096];

	ck_assert_int_eq(bad_input_put(network, once[_i].noun, once[_i].good, NULL, said), CSTN_OK);
	seq = bad_input_last_seq(network);
	ck_assert_int_eq(bad_input_put(network, once[_i].noun, once[_i].good, NULL, said), CSTN_OK);
	ck_assert_uint_eq(bad_input_last_seq(network), seq);
	ck_assert_int_eq(bad_input_put(network, once[_i].noun, once[_i].good, once[_i].other, said),
			CSTN_E_CONFLICT);
	ck_assert_msg(strstr(said, "'X' is used with other content") != NULL, "'%s'", said);
	ck_assert_uint_eq(bad_input_last_seq(network), seq);
	cstn_network_unref(network);
}
END_TEST

START_TEST(a_row_with_the_same_id_and_other_content_is_a_conflict)
{
	cstn_network *network = bad_input_network();
	cstn_row_errors *bad = NULL;
	cstn_row_error error = {0};
	char said[4096];
	size_t n;

	ck_assert_int_eq(bad_input_put(network, once[_i].noun, once[_i].good, NULL, said), CSTN_OK);
	n = bad_input_count(network, once[_i].noun);
	ck_assert_int_eq(bad_input_import(network, once[_i].noun, once[_i].good, once[_i].other, 0,
					 &bad),
			CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &error, NULL), CSTN_OK);
	ck_assert_uint_eq(error.row, 1);
	ck_assert_int_eq(error.code, CSTN_ROW_CONFLICT);
	ck_assert_str_eq(cstn_row_errors_column(bad, 0), once[_i].id);
	ck_assert_uint_eq(bad_input_count(network, once[_i].noun), n + 2);
	cstn_row_errors_free(bad);
	cstn_network_unref(network);
}
END_TEST

/* --- on disk ---------------------------------------------------------------------------------- */

/* A number of all names and bytes of a folder. */
static uint64_t sum_of(posix_folder *folder)
{
	DIR *directory = opendir(folder->path);
	struct dirent *entry;
	uint64_t sum = 0;

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL) {
		uint64_t one = 14695981039346656037u;
		char path[512];
		FILE *file;
		int byte;

		if (entry->d_name[0] == '.')
			continue;
		for (const char *at = entry->d_name; *at; at++)
			one = (one ^ (uint8_t)*at) * 1099511628211u;
		file = fopen(posix_folder_at(folder, entry->d_name, path), "rb");
		ck_assert_ptr_nonnull(file);
		while ((byte = fgetc(file)) != EOF)
			one = (one ^ (uint8_t)byte) * 1099511628211u;
		fclose(file);
		sum += one; /* in whatever order they come */
	}
	closedir(directory);
	return sum;
}

START_TEST(a_batch_that_is_all_or_nothing_leaves_every_byte_as_it_was)
{
	static const char *const nouns[] = {"partner", "constellation", "location", "item",
			"customer", "order", "shipment", "purpose", "return"};
	cstn_network *memory = bad_input_network(), *network = NULL;
	cstn_snapshot *snapshot = NULL;
	cstn_row_errors *bad = NULL;
	struct ArrowArrayStream rows;
	posix_folder folder;
	uint64_t seq, sum;

	posix_folder_make(&folder);
	ck_assert_int_eq(cstn_network_open(folder.path, NULL, NULL, &network, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_network_snapshot(memory, &snapshot, NULL), CSTN_OK);
	for (size_t i = 0; i < sizeof(nouns) / sizeof(nouns[0]); i++) {
		cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;

		options.flags = cstn_noun_has_lines(cstn_noun_find(nouns[i])) ? CSTN_SCAN_LINES : 0;
		ck_assert_int_eq(cstn_snapshot_scan(snapshot, nouns[i], &options, &rows, NULL),
				CSTN_OK);
		ck_assert_int_eq(cstn_network_import(network, nouns[i], &rows, NULL, NULL, NULL),
				CSTN_OK);
	}
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(memory);
	seq = bad_input_last_seq(network);
	sum = sum_of(&folder);
	ck_assert_int_eq(bad_input_import(network, batches[_i].noun, batches[_i].good,
					 batches[_i].bad, CSTN_IMPORT_ALL_OR_NOTHING, &bad),
			CSTN_E_ROWS);
	ck_assert_uint_eq(cstn_row_errors_total(bad), 1);
	ck_assert_uint_eq(bad_input_last_seq(network), seq);
	ck_assert_uint_eq(sum_of(&folder), sum);
	cstn_row_errors_free(bad);
	ck_assert_int_eq(bad_input_import(network, batches[_i].noun, batches[_i].good,
					 batches[_i].bad, 0, NULL),
			CSTN_E_ROWS);
	ck_assert_uint_gt(bad_input_last_seq(network), seq);
	ck_assert_uint_ne(sum_of(&folder), sum);
	cstn_network_unref(network);
	posix_folder_remove(&folder);
}
END_TEST

START_TEST(every_noun_has_a_bad_batch)
{
	for (size_t noun = 0; noun < cstn_noun_count(); noun++) {
		int found = 0;

		for (int i = 0; i < N_BATCHES; i++)
			found |= strcmp(batches[i].noun, cstn_noun_name(noun)) == 0;
		ck_assert_msg(found, "%s", cstn_noun_name(noun));
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("network bad input people");
	TCase *tests = tcase_create("network bad input people");
	int n_once = (int)(sizeof(once) / sizeof(once[0]));

	BAD_RULE_ADD(tests, rules);
	tcase_add_loop_test(tests, the_same_id_with_other_content_is_a_conflict, 0, n_once);
	tcase_add_loop_test(
			tests, a_row_with_the_same_id_and_other_content_is_a_conflict, 0, n_once);
	tcase_add_loop_test(tests, a_batch_that_is_all_or_nothing_leaves_every_byte_as_it_was, 0,
			N_BATCHES);
	tcase_add_test(tests, every_noun_has_a_bad_batch);
	suite_add_tcase(suite, tests);
	return run_suite(suite);
}
