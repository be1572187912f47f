/* Erasure of a customer in part, and of what the network has of interactions. */
#include <stdio.h>

#include "customer_desk.h"
#include "suite.h"

#define MAIL "Planted.Person@Example.org"
static const int32_t contact[] = {CSTN_VAULT_CONTACT};

/* Jo with an e-mail, a name and two interactions; al with one, and jo of acme with one. */
static void begin(customer_desk *at, int on_disk)
{
	desk_begin(at, on_disk);
	network_put_ok(at->network,
			network_record("customer", "customer_id=jo", "kind=person", "country=DE",
					"recorded=2024-06-01T00:00:00Z", NULL));
	network_put_ok(at->network, network_record("customer", "customer_id=al", "kind=person",
						    "recorded=2024-06-01T00:00:00Z", NULL));
	network_put_ok(at->network,
			network_record("customer", "customer_id=jo", "owner=acme", "kind=person",
					"recorded=2024-06-01T00:00:00Z", NULL));
	ck_assert_int_eq(desk_put(at, "jo", "email", MAIL), CSTN_OK);
	ck_assert_int_eq(desk_put(at, "jo", "name", "Jo"), CSTN_OK);
	desk_interaction(at, "i1", "complaint", "2024-07-01");
	desk_interaction(at, "i2", "order", "2024-07-02");
	network_put_ok(at->network, network_record("interaction", "event_id=i3", "customer_id=al",
						    "kind=order", "valid=2024-07-01T00:00:00Z",
						    "recorded=2024-07-01T00:00:00Z", NULL));
	network_put_ok(at->network,
			network_record("interaction", "event_id=i1", "owner=acme", "customer_id=jo",
					"kind=order", "valid=2024-07-01T00:00:00Z",
					"recorded=2024-07-01T00:00:00Z", NULL));
}

static cstn_status erase_some(customer_desk *at, const int32_t *categories, size_t n,
		uint32_t flags, int64_t now_us, cstn_buffer **proof)
{
	cstn_customer_erasure how = CSTN_CUSTOMER_ERASURE_INIT;

	how.flags = flags;
	how.categories = categories;
	how.n_categories = n;
	how.reason = "asked by the person";
	how.now_us = now_us;
	return cstn_customer_erase_categories(at->safe.vault, at->network, "jo", &how, proof, NULL);
}

/* The ids and owners of all interactions, as was known at an instant. */
static const char *events(customer_desk *at, int64_t as_of_us)
{
	static const char *const columns[] = {"event_id", "owner"};
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	static char text[256];
	struct ArrowArrayStream rows;
	cstn_snapshot *snapshot;
	cstn_buffer *csv;

	options.columns = columns;
	options.n_columns = 2;
	options.flags = CSTN_SCAN_AS_OF;
	options.as_of_us = as_of_us;
	ck_assert_int_eq(cstn_network_snapshot(at->network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_scan(snapshot, "interaction", &options, &rows, NULL),
			CSTN_OK);
	cstn_snapshot_unref(snapshot);
	csv = network_to_csv(&rows);
	snprintf(text, sizeof(text), "%s", (const char *)cstn_buffer_data(csv));
	cstn_buffer_free(csv);
	for (char *c = text; *c; c++)
		if (*c == '\n')
			*c = ' ';
	return text;
}
#define ALL "event_id,owner i1,\"\" i2,\"\" i3,\"\" i1,acme "
#define OTHERS "event_id,owner i3,\"\" i1,acme "

static const char *value(customer_desk *at, const char *path)
{
	return vault_get(&at->safe, "jo", path);
}

/* 1 if both are the same. */
static int same(const cstn_buffer *a, const cstn_buffer *b)
{
	return cstn_buffer_size(a) == cstn_buffer_size(b) &&
	       memcmp(cstn_buffer_data(a), cstn_buffer_data(b), cstn_buffer_size(a)) == 0;
}

START_TEST(category_goes_and_the_record_and_interactions_stay)
{
	cstn_buffer *proof, *again;
	customer_desk at;
	char *text;

	begin(&at, 1);
	ck_assert_int_eq(erase_some(&at, contact, 1, 0, DESK_NOW, &proof), CSTN_OK);
	ck_assert_str_eq(value(&at, "customer.email"), "CSTN_E_ERASED");
	ck_assert_str_eq(value(&at, "customer.name"), "Jo");
	ck_assert_int_eq(desk_put(&at, "jo", "email", MAIL), CSTN_E_ERASED);
	ck_assert_int_eq(desk_put(&at, "jo", "city", "Bonn"), CSTN_OK);
	ck_assert_str_eq(events(&at, INT64_MAX), ALL);
	ck_assert_int_eq(erase_some(&at, contact, 1, 0, DESK_NOW + 5, &again), CSTN_OK);
	ck_assert_int_eq(same(proof, again), 1);
	ck_assert_uint_eq(cstn_log_size(at.safe.log), 1);
	text = desk_export(&at, "jo", NULL);
	ck_assert_ptr_nonnull(strstr(text, "\"personal\":{\"city\":\"Bonn\",\"name\":\"Jo\"}"));
	ck_assert_ptr_nonnull(strstr(text, "\"categories\":[2]"));
	ck_assert_ptr_nonnull(strstr(text, "\"country\":\"DE\""));
	ck_assert_ptr_null(strstr(text, MAIL));
	free(text);
	cstn_buffer_free(proof);
	cstn_buffer_free(again);
	desk_end(&at);
}
END_TEST

START_TEST(interactions_go_with_the_flag_and_with_the_history)
{
	cstn_maintain_options maintain = CSTN_MAINTAIN_OPTIONS_INIT;
	customer_desk at;

	begin(&at, 0);
	ck_assert_int_eq(erase_some(&at, contact, 1, CSTN_ERASE_EVENTS, DESK_NOW, NULL), CSTN_OK);
	ck_assert_str_eq(events(&at, INT64_MAX), OTHERS);
	ck_assert_str_eq(value(&at, "customer.name"), "Jo");
	/* What was known before is read until the history is dropped. */
	ck_assert_str_eq(events(&at, DESK_NOW - 1), ALL);
	maintain.history_from_us = DESK_NOW + 1;
	ck_assert_int_eq(cstn_network_maintain(at.network, &maintain, NULL), CSTN_OK);
	ck_assert_str_eq(events(&at, DESK_NOW - 1), OTHERS);
	desk_end(&at);
}
END_TEST

START_TEST(whole_customer_goes_with_the_interactions)
{
	customer_desk at;
	char *text;

	begin(&at, 0);
	ck_assert_int_eq(erase_some(&at, NULL, 0, CSTN_ERASE_EVENTS, DESK_NOW, NULL), CSTN_OK);
	ck_assert_str_eq(events(&at, INT64_MAX), OTHERS);
	text = desk_export(&at, "jo", NULL);
	ck_assert_ptr_nonnull(strstr(text, "\"interactions\":[]"));
	ck_assert_ptr_nonnull(strstr(text, "\"personal\":{},\"record\":{\"customer_id\":\"jo\","
					   "\"kind\":\"person\",\"recorded\":"
					   "\"2024-08-01T00:00:00Z\"}"));
	free(text);
	desk_end(&at);
}
END_TEST

/* A crash between the commits leaves keys gone and the rest as it was. */
START_TEST(what_a_crash_left_is_done_by_the_same_call)
{
	cstn_buffer *proof, *again;
	customer_desk at;

	begin(&at, 1);
	ck_assert_int_eq(cstn_vault_erase_categories(at.safe.vault, "jo", contact, 1,
					 "asked by the person", DESK_NOW, &proof, NULL),
			CSTN_OK);
	vault_reopen(&at.safe);
	ck_assert_str_eq(events(&at, INT64_MAX), ALL);
	for (int i = 0; i < 2; i++) { /* and what came since */
		ck_assert_int_eq(erase_some(&at, contact, 1, CSTN_ERASE_EVENTS, DESK_NOW, &again),
				CSTN_OK);
		ck_assert_int_eq(same(proof, again), 1);
		cstn_buffer_free(again);
		ck_assert_str_eq(events(&at, INT64_MAX), OTHERS);
		if (i == 0)
			desk_interaction(&at, "i9", "order", "2024-07-31");
	}
	ck_assert_uint_eq(cstn_log_size(at.safe.log), 1);
	cstn_buffer_free(proof);
	desk_end(&at);
}
END_TEST

START_TEST(legal_hold_defers_keys_and_interactions)
{
	int32_t deferred;
	customer_desk at;

	begin(&at, 0);
	network_put_ok(at.network,
			network_record("customer", "customer_id=jo", "kind=person", "legal_hold=1",
					"recorded=2024-07-01T00:00:00Z", NULL));
	ck_assert_int_eq(erase_some(&at, contact, 1, CSTN_ERASE_EVENTS, DESK_NOW, NULL),
			CSTN_E_STATE);
	ck_assert_str_eq(value(&at, "customer.email"), MAIL);
	ck_assert_str_eq(events(&at, INT64_MAX), ALL);
	network_put_ok(at.network, network_record("customer", "customer_id=jo", "kind=person",
						   "recorded=2024-07-02T00:00:00Z", NULL));
	ck_assert_int_eq(cstn_vault_lift(at.safe.vault, "jo", "its end", DESK_NOW, &deferred, NULL),
			CSTN_OK);
	ck_assert_int_eq(deferred, 1);
	ck_assert_int_eq(erase_some(&at, contact, 1, 0, DESK_NOW, NULL), CSTN_OK);
	/* Keys are gone; a hold that comes now keeps the interactions, whoever holds. */
	ck_assert_int_eq(cstn_vault_hold(at.safe.vault, "jo", "a case", DESK_NOW, NULL), CSTN_OK);
	ck_assert_int_eq(erase_some(&at, contact, 1, CSTN_ERASE_EVENTS, DESK_NOW, NULL),
			CSTN_E_STATE);
	ck_assert_str_eq(events(&at, INT64_MAX), ALL);
	ck_assert_int_eq(cstn_vault_lift(at.safe.vault, "jo", "its end", DESK_NOW, NULL, NULL),
			CSTN_OK);
	ck_assert_int_eq(erase_some(&at, contact, 1, CSTN_ERASE_EVENTS, DESK_NOW, NULL), CSTN_OK);
	ck_assert_str_eq(events(&at, INT64_MAX), OTHERS);
	desk_end(&at);
}
END_TEST

START_TEST(erasure_before_an_interaction_was_recorded_is_refused_before_a_key_dies)
{
	customer_desk at;

	begin(&at, 0);
	ck_assert_int_eq(erase_some(&at, contact, 1, CSTN_ERASE_EVENTS,
					 network_us("2024-07-01T12:00:00Z"), NULL),
			CSTN_E_STATE);
	ck_assert_str_eq(value(&at, "customer.email"), MAIL);
	ck_assert_str_eq(events(&at, INT64_MAX), ALL);
	desk_end(&at);
}
END_TEST

/* Interactions are still only added, but for this. */
START_TEST(interactions_are_added_only_and_a_deleted_id_can_come_later)
{
	const char *key[] = {"i1"};
	cstn_transaction *transaction;
	cstn_record *record;
	customer_desk at;

	begin(&at, 0);
	ck_assert_int_eq(cstn_noun_is_append_only(cstn_noun_find("interaction")), 1);
	ck_assert_int_eq(cstn_transaction_begin(at.network, &transaction, NULL), CSTN_OK);
	ck_assert_int_eq(
			cstn_transaction_delete(transaction, "interaction", key, 1, DESK_NOW, NULL),
			CSTN_E_UNSUPPORTED);
	cstn_transaction_free(transaction);
	record = network_record("interaction", "event_id=i1", "customer_id=jo", "kind=order",
			"valid=2024-07-01T00:00:00Z", "recorded=2024-07-01T00:00:00Z", NULL);
	ck_assert_int_eq(cstn_network_put(at.network, record, NULL, NULL), CSTN_E_CONFLICT);
	ck_assert_int_eq(erase_some(&at, contact, 1, CSTN_ERASE_EVENTS, DESK_NOW, NULL), CSTN_OK);
	/* Before its deletion it cannot be known. */
	ck_assert_int_eq(cstn_network_put(at.network, record, NULL, NULL), CSTN_E_STATE);
	cstn_record_unref(record);
	network_put_ok(at.network, network_record("interaction", "event_id=i1", "customer_id=jo",
						   "kind=order", "valid=2024-07-01T00:00:00Z",
						   "recorded=2024-08-01T00:00:00Z", NULL));
	ck_assert_str_eq(events(&at, DESK_NOW), "event_id,owner i3,\"\" i1,acme i1,\"\" ");
	desk_end(&at);
}
END_TEST

START_TEST(wrong_calls_are_refused)
{
	static const int32_t unknown[] = {7};
	cstn_customer_erasure how = CSTN_CUSTOMER_ERASURE_INIT;
	customer_desk at;

	begin(&at, 0);
	ck_assert_int_eq(erase_some(&at, unknown, 1, 0, DESK_NOW, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(erase_some(&at, NULL, 1, 0, DESK_NOW, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(erase_some(&at, contact, 1, 2, DESK_NOW, NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_customer_erase_categories(
					 at.safe.vault, at.network, "jo", NULL, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	how.reason = "why";
	how.now_us = DESK_NOW;
	ck_assert_int_eq(cstn_customer_erase_categories(
					 at.safe.vault, at.network, "nobody", &how, NULL, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_int_eq(cstn_customer_erase_categories(NULL, at.network, "jo", &how, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(
			cstn_customer_erase_categories(at.safe.vault, NULL, "jo", &how, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	how.struct_size = 4;
	ck_assert_int_eq(cstn_customer_erase_categories(
					 at.safe.vault, at.network, "jo", &how, NULL, NULL),
			CSTN_E_STRUCT_SIZE);
	ck_assert_str_eq(value(&at, "customer.email"), MAIL);
	ck_assert_str_eq(events(&at, INT64_MAX), ALL);
	desk_end(&at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {category_goes_and_the_record_and_interactions_stay,
			interactions_go_with_the_flag_and_with_the_history,
			whole_customer_goes_with_the_interactions,
			what_a_crash_left_is_done_by_the_same_call,
			legal_hold_defers_keys_and_interactions,
			erasure_before_an_interaction_was_recorded_is_refused_before_a_key_dies,
			interactions_are_added_only_and_a_deleted_id_can_come_later,
			wrong_calls_are_refused};

	return run_tests("customer_erase", tests, sizeof(tests) / sizeof(tests[0]));
}
