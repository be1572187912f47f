/* Consent: which record answers at an instant, and reading a value for a purpose. */
#include <stdio.h>

#include "network_fixture.h"
#include "suite.h"
#include "vault_fixture.h"

/* Consent of jo, marketing: id, state, valid from and until, recorded. */
static void allow(cstn_network *network, const char *id, const char *state, const char *from,
		const char *until, const char *recorded)
{
	char texts[5][80];

	snprintf(texts[0], sizeof(texts[0]), "consent_id=%s", id);
	snprintf(texts[1], sizeof(texts[1]), "state=%s", state);
	snprintf(texts[2], sizeof(texts[2]), "valid_from=2024-%sT00:00:00Z", from);
	snprintf(texts[3], sizeof(texts[3]), "recorded=2024-%sT00:00:00Z", recorded);
	snprintf(texts[4], sizeof(texts[4]), "valid_until=2024-%sT00:00:00Z", until ? until : "");
	network_put_ok(network, network_record("consent", texts[0], "customer_id=jo", "purpose=4",
						"basis=consent", texts[1], texts[2], texts[3],
						until ? texts[4] : NULL, NULL));
}

static int64_t day(const char *text)
{
	char full[40];

	snprintf(full, sizeof(full), "2024-%sT00:00:00Z", text);
	return network_us(full);
}

static cstn_consent ask(cstn_network *network, int32_t purpose, const char *now, const char *known)
{
	cstn_consent_question question = {.customer = "jo",
			.purpose = purpose,
			.now_us = day(now),
			.known_us = known ? day(known) : INT64_MAX};
	cstn_consent out = CSTN_CONSENT_INIT;
	cstn_snapshot *snapshot;

	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_consent(snapshot, &question, &out, NULL), CSTN_OK);
	cstn_snapshot_unref(snapshot);
	return out;
}

START_TEST(answer_is_that_of_the_record_that_begins_last)
{
	cstn_network *network = network_small();

	allow(network, "a", "granted", "02-01", NULL, "02-01");
	allow(network, "b", "refused", "03-01", "04-01", "02-15");
	allow(network, "c", "withdrawn", "05-01", NULL, "05-03");
	ck_assert_int_eq(ask(network, 4, "01-31", NULL).on_record, 0);
	ck_assert_int_eq(ask(network, 4, "01-31", NULL).granted, 0);
	ck_assert_int_eq(ask(network, 4, "02-01", NULL).granted, 1);
	ck_assert_int_eq(ask(network, 4, "03-01", NULL).granted, 0);
	ck_assert_int_eq(ask(network, 4, "03-31", NULL).granted, 0);
	ck_assert_int_eq(ask(network, 4, "04-01", NULL).granted, 1); /* b has ended */
	ck_assert_int_eq(ask(network, 4, "05-01", NULL).granted, 0);
	ck_assert_int_eq(ask(network, 4, "05-01", "05-02").granted, 1); /* not yet known */
	ck_assert_int_eq(ask(network, 4, "05-01", "05-03").granted, 0);
	ck_assert_int_eq(ask(network, 3, "04-01", NULL).on_record, 0); /* another purpose */
	ck_assert_int_eq(ask(network, 4, "04-01", NULL).valid_from_us == day("02-01"), 1);
	ck_assert_int_eq(ask(network, 4, "04-01", NULL).valid_until_us == INT64_MAX, 1);
	cstn_network_unref(network);
}
END_TEST

START_TEST(ties_go_to_what_was_recorded_last_then_to_the_greater_id)
{
	cstn_network *network = network_small();

	allow(network, "b", "granted", "02-01", NULL, "02-01");
	allow(network, "c", "refused", "02-01", NULL, "02-01");
	ck_assert_int_eq(ask(network, 4, "02-02", NULL).granted, 0);
	allow(network, "a", "granted", "02-01", NULL, "02-02");
	ck_assert_int_eq(ask(network, 4, "02-02", NULL).granted, 1);
	allow(network, "aa", "withdrawn", "02-01", NULL, "02-02");
	ck_assert_int_eq(ask(network, 4, "02-02", NULL).granted, 0);
	cstn_network_unref(network);
}
END_TEST

START_TEST(consent_to_share_is_for_one_constellation)
{
	cstn_consent_question question = {.customer = "jo",
			.purpose = CSTN_PURPOSE_SHARE,
			.constellation = "c1",
			.now_us = day("02-02"),
			.known_us = INT64_MAX};
	cstn_network *network = network_small();
	cstn_consent out = CSTN_CONSENT_INIT;
	cstn_snapshot *snapshot;

	network_put_ok(network, network_record("consent", "consent_id=s", "customer_id=jo",
						"purpose=5", "constellation_id=c1", "basis=consent",
						"state=granted", "valid_from=2024-02-01T00:00:00Z",
						"recorded=2024-02-01T00:00:00Z", NULL));
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_consent(snapshot, &question, &out, NULL), CSTN_OK);
	ck_assert_int_eq(out.granted, 1);
	question.constellation = "c2";
	ck_assert_int_eq(cstn_snapshot_consent(snapshot, &question, &out, NULL), CSTN_OK);
	ck_assert_int_eq(out.granted, 0);
	question.constellation = NULL;
	ck_assert_int_eq(cstn_snapshot_consent(snapshot, &question, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	question.purpose = 7;
	ck_assert_int_eq(cstn_snapshot_consent(snapshot, &question, &out, NULL),
			CSTN_E_INVALID_ARGUMENT);
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
}
END_TEST

START_TEST(value_is_read_for_a_purpose_with_consent_only_and_erased_comes_first)
{
	cstn_consent_question question = {.customer = "jo",
			.purpose = CSTN_PURPOSE_MARKETING,
			.now_us = day("02-02"),
			.known_us = INT64_MAX};
	cstn_network *network = network_small();
	cstn_snapshot *snapshot;
	cstn_buffer *value = NULL;
	vault_fixture at;

	vault_begin(&at, 0);
	allow(network, "a", "granted", "02-01", "03-01", "02-01");
	ck_assert_int_eq(vault_put(&at, "jo", "customer.phone", "+431"), CSTN_OK);
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
#define READ() \
	cstn_vault_get_consented(at.vault, snapshot, &question, "customer.phone", &value, NULL)
	ck_assert_int_eq(READ(), CSTN_OK);
	ck_assert_str_eq((const char *)cstn_buffer_data(value), "+431");
	cstn_buffer_free(value);
	question.now_us = day("03-01");
	ck_assert_int_eq(READ(), CSTN_E_DENIED);
	question.customer = "unknown";
	ck_assert_int_eq(READ(), CSTN_E_DENIED); /* the same for what is not there */
	question.customer = "jo";
	ck_assert_int_eq(vault_erase(&at, "jo", NULL), CSTN_OK);
	ck_assert_int_eq(READ(), CSTN_E_ERASED);
#undef READ
	cstn_snapshot_unref(snapshot);
	cstn_network_unref(network);
	vault_end(&at);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {answer_is_that_of_the_record_that_begins_last,
			ties_go_to_what_was_recorded_last_then_to_the_greater_id,
			consent_to_share_is_for_one_constellation,
			value_is_read_for_a_purpose_with_consent_only_and_erased_comes_first};

	return run_tests("consent", tests, sizeof(tests) / sizeof(tests[0]));
}
