/* Customers: personal fields in a vault beside a network that has the records. */
#include <stdio.h>

#include "network/noun.h"
#include "ledger_fixture.h"
#include "network_fixture.h"
#include "suite.h"
#include "vault_fixture.h"

#define MAIL "Planted.Person@Example.org"
#define NOW INT64_C(1722470400000000) /* 2024-08-01 */

/* A network with customer jo, who allows marketing (4), and a vault with its log. */
typedef struct desk {
	vault_fixture safe;
	cstn_network *network;
} desk;

static void begin(desk *at, int on_disk)
{
	vault_begin(&at->safe, on_disk);
	at->network = network_small();
	network_put_ok(at->network, network_record("consent", "consent_id=a", "customer_id=jo",
						    "purpose=4", "basis=consent", "state=granted",
						    "valid_from=2024-06-01T00:00:00Z",
						    "recorded=2024-06-01T00:00:00Z", NULL));
}

static void end(desk *at)
{
	cstn_network_unref(at->network);
	vault_end(&at->safe);
}

static cstn_customer_field field(const char *name, const char *value)
{
	return (cstn_customer_field){name, (const uint8_t *)value, strlen(value)};
}

static cstn_status put(desk *at, const char *who, const char *name, const char *value)
{
	const cstn_customer_field one = field(name, value);

	return cstn_customer_put(at->safe.vault, at->network, who, NULL, &one, 1, NOW, NULL);
}

/* The value, or the name of the status. */
static const char *get(desk *at, const char *who, int32_t purpose, const char *name)
{
	const cstn_consent_question question = {
			.customer = who, .purpose = purpose, .now_us = NOW, .known_us = INT64_MAX};
	static char text[128];
	cstn_snapshot *snapshot;
	cstn_buffer *value = NULL;
	cstn_status status;

	ck_assert_int_eq(cstn_network_snapshot(at->network, &snapshot, NULL), CSTN_OK);
	status = cstn_customer_get(at->safe.vault, snapshot, &question, name, &value, NULL);
	snprintf(text, sizeof(text), "%s",
			status == CSTN_OK ? (const char *)cstn_buffer_data(value)
					  : cstn_status_name(status));
	cstn_buffer_free(value);
	cstn_snapshot_unref(snapshot);
	return text;
}

/* Who is found, as "a,b"; then the number of those left out. */
static const char *find(desk *at, int32_t purpose, const char *name, const char *value)
{
	const cstn_consent_question question = {
			.purpose = purpose, .now_us = NOW, .known_us = INT64_MAX};
	static char text[256];
	cstn_vault_matches *found = NULL;
	uint64_t left_out = 77;
	cstn_snapshot *snapshot;
	cstn_status status;
	size_t len = 0;

	ck_assert_int_eq(cstn_network_snapshot(at->network, &snapshot, NULL), CSTN_OK);
	status = cstn_customer_find(at->safe.vault, snapshot, &question, name,
			(const uint8_t *)value, strlen(value), &found, &left_out, NULL);
	cstn_snapshot_unref(snapshot);
	if (status != CSTN_OK)
		return cstn_status_name(status);
	for (size_t i = 0; i < cstn_vault_matches_count(found); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? "," : "",
				cstn_vault_matches_record(found, i));
	snprintf(text + len, sizeof(text) - len, " %d", (int)left_out);
	cstn_vault_matches_free(found);
	return text;
}

static cstn_status erase(desk *at, const char *who, cstn_buffer **proof)
{
	return cstn_customer_erase(at->safe.vault, at->network, who, NULL, "asked by the person",
			NOW, proof, NULL);
}

START_TEST(every_personal_field_is_put_read_and_refused_by_the_network)
{
	static const struct {
		const char *name, *value;
	} values[] = {{"name", "Jo Planted"}, {"given_name", "Jo"}, {"family_name", "Planted"},
			{"tax_id", "DE 123-4"}, {"email", MAIL}, {"phone", "+4930123456"},
			{"address_1", "Street 1"}, {"address_2", ""}, {"city", "Berlin"},
			{"postcode", "10 115"}, {"birth_date", "1970-02-28"},
			{"bank_reference", "DE00 1234"}, {"free_text", "likes tea"}};
	cstn_customer_field all[13];
	const cstn__noun *noun;
	desk at;

	begin(&at, 0);
	ck_assert_uint_eq(cstn_customer_field_count(), 13);
	ck_assert_int_eq(cstn__noun_find("customer", &noun, NULL), CSTN_OK);
	for (size_t i = 0; i < 13; i++) {
		ck_assert_str_eq(cstn_customer_field_name(i), values[i].name);
		ck_assert_int_eq(cstn__is_personal(noun, values[i].name), 1);
		all[i] = field(values[i].name, values[i].value);
	}
	ck_assert_int_eq(cstn_customer_put(
					 at.safe.vault, at.network, "jo", NULL, all, 13, NOW, NULL),
			CSTN_OK);
	for (size_t i = 0; i < 13; i++)
		ck_assert_str_eq(get(&at, "jo", 4, values[i].name), values[i].value);
	ck_assert_str_eq(cstn_customer_field_name(13), "");
	ck_assert_int_eq(cstn_customer_field_category(13), 0);
	ck_assert_int_eq(cstn_customer_field_form(13), CSTN_VAULT_FORM_NONE);
	ck_assert_int_eq(cstn_customer_field_category(10), CSTN_VAULT_BIRTH);
	ck_assert_int_eq(cstn_customer_field_form(5), CSTN_VAULT_FORM_PHONE);
	end(&at);
}
END_TEST

START_TEST(values_without_their_form_are_refused_and_not_told)
{
	static const struct {
		const char *name, *value;
		cstn_status status;
	} bad[] = {{"email", "", CSTN_E_INVALID_ARGUMENT},
			{"phone", "030 planted", CSTN_E_INVALID_ARGUMENT},
			{"birth_date", "1970-02-30", CSTN_E_INVALID_ARGUMENT},
			{"birth_date", "1970-02-28T00:00", CSTN_E_INVALID_ARGUMENT},
			{"city", "\xff planted", CSTN_E_INVALID_ARGUMENT},
			{"mail", "planted", CSTN_E_NOT_FOUND}};
	const cstn_customer_field twice[2] = {field("city", "planted"), field("city", "planted")};
	cstn_customer_field many[14];
	cstn_error *error;
	desk at;

	begin(&at, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const cstn_customer_field one = field(bad[i].name, bad[i].value);

		error = NULL;
		ck_assert_int_eq(cstn_customer_put(at.safe.vault, at.network, "jo", NULL, &one, 1,
						 NOW, &error),
				bad[i].status);
		ck_assert_ptr_null(strstr(cstn_error_message(error), "planted"));
		ck_assert(!*bad[i].value || !strstr(cstn_error_message(error), bad[i].value));
		cstn_error_free(error);
	}
	ck_assert_int_eq(cstn_customer_put(at.safe.vault, at.network, "jo", NULL, twice, 2, NOW,
					 NULL),
			CSTN_E_DUPLICATE);
	for (size_t i = 0; i < 14; i++)
		many[i] = field("city", "x");
	ck_assert_int_eq(cstn_customer_put(at.safe.vault, at.network, "jo", NULL, many, 14, NOW,
					 NULL),
			CSTN_E_LIMIT);
	ck_assert_str_eq(get(&at, "jo", 4, "city"), "CSTN_E_NOT_FOUND");
	end(&at);
}
END_TEST

START_TEST(customer_is_a_person_on_record)
{
	desk at;

	begin(&at, 0);
	ck_assert_int_eq(put(&at, "nobody", "city", "x"), CSTN_E_NOT_FOUND);
	network_put_ok(at.network,
			network_record("customer", "customer_id=corp", "kind=organisation",
					"recorded=2024-06-01T00:00:00Z", NULL));
	ck_assert_int_eq(put(&at, "corp", "city", "x"), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(erase(&at, "corp", NULL), CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(erase(&at, "nobody", NULL), CSTN_E_NOT_FOUND);
	/* That of another owner is another one. */
	ck_assert_int_eq(cstn_customer_erase(at.safe.vault, at.network, "jo", "acme", "why", NOW,
					 NULL, NULL),
			CSTN_E_NOT_FOUND);
	ck_assert_int_eq(cstn_customer_put(NULL, at.network, "jo", NULL, NULL, 0, NOW, NULL),
			CSTN_E_INVALID_ARGUMENT);
	ck_assert_int_eq(cstn_customer_erase(NULL, at.network, "jo", NULL, "why", NOW, NULL, NULL),
			CSTN_E_INVALID_ARGUMENT);
	end(&at);
}
END_TEST

START_TEST(fields_are_read_for_a_purpose_that_is_allowed)
{
	desk at;

	begin(&at, 0);
	ck_assert_int_eq(put(&at, "jo", "email", MAIL), CSTN_OK);
	ck_assert_str_eq(get(&at, "jo", CSTN_PURPOSE_MARKETING, "email"), MAIL);
	ck_assert_str_eq(get(&at, "jo", CSTN_PURPOSE_ANALYTICS, "email"), "CSTN_E_DENIED");
	ck_assert_str_eq(get(&at, "jo", CSTN_PURPOSE_MARKETING, "mail"), "CSTN_E_NOT_FOUND");
	end(&at);
}
END_TEST

START_TEST(search_finds_who_allows_it_and_counts_the_others)
{
	desk at;

	begin(&at, 0);
	network_put_ok(at.network, network_record("customer", "customer_id=al", "kind=person",
						   "recorded=2024-06-01T00:00:00Z", NULL));
	ck_assert_int_eq(put(&at, "jo", "email", MAIL), CSTN_OK);
	ck_assert_int_eq(put(&at, "al", "email", MAIL), CSTN_OK);
	ck_assert_int_eq(put(&at, "al", "phone", "+4930123456"), CSTN_OK);
	ck_assert_int_eq(put(&at, "jo", "postcode", "sw1a 1aa"), CSTN_OK);
	ck_assert_str_eq(find(&at, 4, "email", " planted.person@example.ORG "), "jo 1");
	ck_assert_str_eq(find(&at, 3, "email", MAIL), " 2");
	ck_assert_str_eq(find(&at, 4, "phone", "+4930123456"), " 1");
	ck_assert_str_eq(find(&at, 4, "postcode", "SW1A1AA"), "jo 0");
	ck_assert_str_eq(find(&at, 4, "email", "other@example.org"), " 0");
	ck_assert_str_eq(find(&at, 4, "city", "Berlin"), "CSTN_E_INVALID_ARGUMENT");
	ck_assert_str_eq(find(&at, 4, "mail", MAIL), "CSTN_E_NOT_FOUND");
	ck_assert_str_eq(find(&at, 7, "email", "other@example.org"), "CSTN_E_INVALID_ARGUMENT");
	ck_assert_str_eq(find(&at, 4, "phone", "none"), "CSTN_E_INVALID_ARGUMENT");
	end(&at);
}
END_TEST

/* The fields of jo's record that have a value, joined. */
static void record_of(desk *at, char out[256])
{
	cstn_record *record = network_get(at->network, "customer", "jo");
	size_t noun = cstn_noun_find("customer"), len = 0;

	for (size_t i = 0; i < cstn_noun_field_count(noun); i++)
		if (cstn_record_has(record, CSTN_NO_LINE, cstn_noun_field_name(noun, i)))
			len += (size_t)snprintf(
					out + len, 256 - len, " %s", cstn_noun_field_name(noun, i));
	cstn_record_unref(record);
}

START_TEST(erased_customer_is_an_id_in_the_network_and_nothing_in_the_vault)
{
	cstn_buffer *proof, *again;
	char left[256];
	desk at;

	begin(&at, 1);
	network_put_ok(at.network,
			network_record("customer", "customer_id=jo", "kind=person", "country=DE",
					"segment=gold", "recorded=2024-07-01T00:00:00Z", NULL));
	network_put_ok(at.network, network_record("interaction", "event_id=i1", "customer_id=jo",
						   "kind=complaint", "valid=2024-07-01T00:00:00Z",
						   "recorded=2024-07-01T00:00:00Z", NULL));
	ck_assert_int_eq(put(&at, "jo", "email", MAIL), CSTN_OK);
	ck_assert_int_eq(vault_files_with(&at.safe, "Planted", 7), 0);
	ck_assert_int_eq(erase(&at, "jo", &proof), CSTN_OK);
	record_of(&at, left);
	ck_assert_str_eq(left, " customer_id recorded kind");
	ck_assert_str_eq(get(&at, "jo", 4, "email"), "CSTN_E_ERASED");
	ck_assert_str_eq(find(&at, 4, "email", MAIL), " 0");
	ck_assert_int_eq(put(&at, "jo", "email", MAIL), CSTN_E_ERASED);
	cstn_record_unref(network_get(at.network, "interaction", "i1")); /* stays */
	/* Again: the same entry, whatever the record was made since. */
	network_put_ok(at.network,
			network_record("customer", "customer_id=jo", "kind=person", "country=DE",
					"recorded=2024-08-01T00:00:00Z", NULL));
	ck_assert_int_eq(erase(&at, "jo", &again), CSTN_OK);
	record_of(&at, left);
	ck_assert_str_eq(left, " customer_id recorded kind");
	ck_assert_uint_eq(cstn_buffer_size(proof), cstn_buffer_size(again));
	ck_assert_mem_eq(cstn_buffer_data(proof), cstn_buffer_data(again), cstn_buffer_size(proof));
	ck_assert_uint_eq(cstn_log_size(at.safe.log), 1);
	cstn_buffer_free(proof);
	cstn_buffer_free(again);
	end(&at);
}
END_TEST

START_TEST(legal_hold_of_the_record_defers_the_erasure)
{
	int32_t deferred = 0;
	desk at;

	begin(&at, 0);
	network_put_ok(at.network,
			network_record("customer", "customer_id=jo", "kind=person", "legal_hold=1",
					"recorded=2024-07-01T00:00:00Z", NULL));
	ck_assert_int_eq(put(&at, "jo", "email", MAIL), CSTN_OK);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(erase(&at, "jo", NULL), CSTN_E_STATE);
		ck_assert_str_eq(get(&at, "jo", 4, "email"), MAIL);
	}
	ck_assert_uint_eq(cstn_log_size(at.safe.log), 3); /* the hold, and twice deferred */
	network_put_ok(at.network, network_record("customer", "customer_id=jo", "kind=person",
						   "recorded=2024-07-02T00:00:00Z", NULL));
	ck_assert_int_eq(cstn_vault_lift(at.safe.vault, "jo", "its end", NOW, &deferred, NULL),
			CSTN_OK);
	ck_assert_int_eq(deferred, 1);
	ck_assert_int_eq(erase(&at, "jo", NULL), CSTN_OK);
	ck_assert_str_eq(get(&at, "jo", 4, "email"), "CSTN_E_ERASED");
	end(&at);
}
END_TEST

START_TEST(erasure_before_the_time_of_the_record_is_refused_before_a_key_dies)
{
	desk at;

	begin(&at, 0);
	network_put_ok(at.network,
			network_record("customer", "customer_id=jo", "kind=person", "country=DE",
					"recorded=2024-08-02T00:00:00Z", NULL));
	ck_assert_int_eq(put(&at, "jo", "email", MAIL), CSTN_OK);
	ck_assert_int_eq(erase(&at, "jo", NULL), CSTN_E_STATE);
	ck_assert_str_eq(get(&at, "jo", 4, "email"), MAIL);
	end(&at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {every_personal_field_is_put_read_and_refused_by_the_network,
			values_without_their_form_are_refused_and_not_told,
			customer_is_a_person_on_record,
			fields_are_read_for_a_purpose_that_is_allowed,
			search_finds_who_allows_it_and_counts_the_others,
			erased_customer_is_an_id_in_the_network_and_nothing_in_the_vault,
			legal_hold_of_the_record_defers_the_erasure,
			erasure_before_the_time_of_the_record_is_refused_before_a_key_dies};

	return run_tests("customer", tests, sizeof(tests) / sizeof(tests[0]));
}
