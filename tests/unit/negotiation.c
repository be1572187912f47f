/* Negotiations: what each message may do, what is stale, what came twice, and that states and
 * messages travel as text. */
#include <stdio.h>
#include <string.h>

#include "sharing_fixture.h"
#include "suite.h"

#define R CSTN_ACTOR_RECIPIENT
#define P CSTN_ACTOR_PROVIDER
/* sha256sum of offer_text. */
#define OFFER_DIGEST "da50be5878f8a72c7e770d264b1a60dcde4c590325b4767855d47c9f859ce075"

/* Apply and let the state before go. */
static cstn_negotiation *say(cstn_negotiation *at, const cstn_negotiation_message *m)
{
	cstn_negotiation *next;

	SHARING_OK(cstn_negotiation_apply(at, m, &next, &error));
	cstn_negotiation_unref(at);
	return next;
}

static cstn_negotiation *say_type(
		cstn_negotiation *at, int32_t type, int32_t actor, uint8_t id, uint8_t digest)
{
	cstn_negotiation_message m = sharing_message(type, actor, id, digest, id);

	return say(at, &m);
}

/* Of a state: OFFERED with digest 5. */
static cstn_negotiation *offered(uint32_t flags)
{
	cstn_negotiation *at = sharing_negotiation(flags);

	at = say_type(at, CSTN_MESSAGE_REQUEST, R, 1, 4);
	return say_type(at, CSTN_MESSAGE_OFFER, P, 2, 5);
}

static cstn_negotiation_info info_of(const cstn_negotiation *n)
{
	cstn_negotiation_info info = CSTN_NEGOTIATION_INFO_INIT;

	SHARING_OK(cstn_negotiation_get_info(n, &info, &error));
	return info;
}

/* --- the machine ------------------------------------------------------------------------------ */

START_TEST(a_state_says_who_negotiates_and_what_stands)
{
	cstn_negotiation *at = offered(0);
	cstn_negotiation_info info = info_of(at);
	uint8_t digest[32];

	memset(digest, 5, sizeof(digest));
	ck_assert_str_eq(info.id, "n1");
	ck_assert_str_eq(info.provider, "maker");
	ck_assert_str_eq(info.recipient, "shop");
	ck_assert_str_eq(info.constellation, "c1");
	ck_assert_int_eq(info.state, CSTN_NEGOTIATION_OFFERED);
	ck_assert_int_eq(info.expires_us, INT64_MAX);
	ck_assert_int_eq(info.last_us, 2);
	ck_assert_uint_eq(info.n_messages, 2);
	ck_assert_uint_eq(info.n_refused, 0);
	ck_assert_mem_eq(info.digest, digest, 32);
	cstn_negotiation_unref(at);
}
END_TEST

START_TEST(a_second_offer_needs_the_flag)
{
	cstn_negotiation_message again = sharing_message(CSTN_MESSAGE_OFFER, P, 3, 6, 3);
	cstn_negotiation *at = offered(0), *out = NULL;

	SHARING_FAILS(CSTN_E_STATE, "the provider cannot say 'offer' in state OFFERED",
			cstn_negotiation_apply(at, &again, &out, &error));
	ck_assert_ptr_null(out);
	cstn_negotiation_unref(at);
	at = say(offered(CSTN_NEGOTIATION_ALLOW_REOFFER), &again);
	ck_assert_int_eq(cstn_negotiation_state(at), CSTN_NEGOTIATION_OFFERED);
	ck_assert_uint_eq(info_of(at).digest[0], 6);
	again.actor = R;
	again.id[0] = 9;
	SHARING_FAILS(CSTN_E_STATE, "recipient", cstn_negotiation_apply(at, &again, &out, &error));
	cstn_negotiation_unref(at);
}
END_TEST

START_TEST(what_answers_must_quote_the_digest_that_stands)
{
	static const struct {
		int32_t type, actor;
	} steps[] = {{CSTN_MESSAGE_ACCEPT, R}, {CSTN_MESSAGE_AGREE, P}, {CSTN_MESSAGE_VERIFY, R},
			{CSTN_MESSAGE_FINALIZE, P}};
	cstn_negotiation *at = offered(0), *out = NULL;
	uint8_t i;

	for (i = 0; i < 4; i++) {
		cstn_negotiation_message m = sharing_message(
				steps[i].type, steps[i].actor, (uint8_t)(10 + i), 4, 10);

		SHARING_FAILS(CSTN_E_STALE, "stand last",
				cstn_negotiation_apply(at, &m, &out, &error));
		m.digest[31] = 5;
		SHARING_FAILS(CSTN_E_STALE, "stand last",
				cstn_negotiation_apply(at, &m, &out, &error));
		memset(m.digest, 5, 32);
		m.digest[31] ^= 1;
		SHARING_FAILS(CSTN_E_STALE, "stand last",
				cstn_negotiation_apply(at, &m, &out, &error));
		m.digest[31] ^= 1;
		at = say(at, &m);
	}
	ck_assert_int_eq(cstn_negotiation_state(at), CSTN_NEGOTIATION_FINALIZED);
	cstn_negotiation_unref(at);
}
END_TEST

START_TEST(a_termination_may_quote_anything)
{
	cstn_negotiation *at = say_type(offered(0), CSTN_MESSAGE_TERMINATE, R, 3, 99);

	ck_assert_int_eq(cstn_negotiation_state(at), CSTN_NEGOTIATION_TERMINATED);
	cstn_negotiation_unref(at);
}
END_TEST

START_TEST(an_offer_is_accepted_until_one_microsecond_before_its_end)
{
	cstn_negotiation_message offer = sharing_message(CSTN_MESSAGE_OFFER, P, 1, 5, 100);
	cstn_negotiation_message accept = sharing_message(CSTN_MESSAGE_ACCEPT, R, 2, 5, 200);
	cstn_negotiation *at, *out = NULL;

	offer.expires_us = 200;
	at = say(sharing_negotiation(0), &offer);
	SHARING_FAILS(CSTN_E_STALE, "the offer ended at 200",
			cstn_negotiation_apply(at, &accept, &out, &error));
	accept.now_us = INT64_MAX;
	ck_assert_int_eq(cstn_negotiation_apply(at, &accept, &out, NULL), CSTN_E_STALE);
	accept.now_us = 199;
	at = say(at, &accept);
	ck_assert_int_eq(cstn_negotiation_state(at), CSTN_NEGOTIATION_ACCEPTED);
	cstn_negotiation_unref(at);
	offer.expires_us = INT64_MAX;
	accept.now_us = INT64_MAX;
	at = say(say(sharing_negotiation(0), &offer), &accept);
	cstn_negotiation_unref(at);
}
END_TEST

START_TEST(the_end_of_an_offer_goes_with_the_offer)
{
	cstn_negotiation_message offer = sharing_message(CSTN_MESSAGE_OFFER, P, 1, 5, 100);
	cstn_negotiation *at;

	offer.expires_us = 101;
	at = say(sharing_negotiation(0), &offer);
	at = say_type(at, CSTN_MESSAGE_REQUEST, R, 2, 6);
	ck_assert_int_eq(info_of(at).expires_us, 0);
	at = say_type(at, CSTN_MESSAGE_AGREE, P, 200, 6);
	ck_assert_int_eq(cstn_negotiation_state(at), CSTN_NEGOTIATION_AGREED);
	cstn_negotiation_unref(at);
}
END_TEST

START_TEST(a_message_that_comes_again_changes_nothing)
{
	cstn_negotiation_message offer = sharing_message(CSTN_MESSAGE_OFFER, P, 2, 5, 2);
	cstn_negotiation *at = say_type(offered(0), CSTN_MESSAGE_ACCEPT, R, 3, 5), *out = NULL;

	SHARING_OK(cstn_negotiation_apply(at, &offer, &out, &error));
	ck_assert_ptr_eq(out, at);
	cstn_negotiation_unref(out);
	out = NULL;
	offer.reason = "x";
	offer.reason_len = 1;
	SHARING_FAILS(CSTN_E_CONFLICT, "was used by another message",
			cstn_negotiation_apply(at, &offer, &out, &error));
	offer.reason_len = 0;
	offer.now_us++;
	SHARING_FAILS(CSTN_E_CONFLICT, "'offer'", cstn_negotiation_apply(at, &offer, &out, &error));
	ck_assert_ptr_null(out);
	cstn_negotiation_unref(at);
}
END_TEST

START_TEST(a_refused_message_may_be_said_later_and_is_counted)
{
	cstn_negotiation_message agree = sharing_message(CSTN_MESSAGE_AGREE, P, 3, 5, 3);
	cstn_negotiation *at = offered(0), *out = NULL;

	ck_assert_int_eq(cstn_negotiation_apply(at, &agree, &out, NULL), CSTN_E_STATE);
	SHARING_OK(cstn_negotiation_refused(at, &out, &error));
	ck_assert_uint_eq(info_of(out).n_refused, 1);
	ck_assert_uint_eq(info_of(at).n_refused, 0);
	cstn_negotiation_unref(at);
	at = say_type(out, CSTN_MESSAGE_ACCEPT, R, 4, 5);
	at = say(at, &agree);
	ck_assert_int_eq(cstn_negotiation_state(at), CSTN_NEGOTIATION_AGREED);
	ck_assert_uint_eq(info_of(at).n_refused, 1);
	cstn_negotiation_unref(at);
}
END_TEST

START_TEST(a_message_of_another_negotiation_is_refused)
{
	cstn_negotiation_message m = sharing_message(CSTN_MESSAGE_REQUEST, R, 1, 5, 1);
	cstn_negotiation *at = sharing_negotiation(0), *out = NULL;

	m.negotiation = "n12";
	m.negotiation_len = 3;
	SHARING_FAILS(CSTN_E_MISMATCH, "'n12', not of 'n1'",
			cstn_negotiation_apply(at, &m, &out, &error));
	m.negotiation_len = 2; /* need not be NUL-terminated */
	at = say(at, &m);
	cstn_negotiation_unref(at);
}
END_TEST

START_TEST(rounds_are_limited_and_what_ends_a_negotiation_is_not)
{
	cstn_negotiation *at = sharing_negotiation(0), *out = NULL;
	cstn_negotiation_message m;
	int i;

	for (i = 0; i < CSTN_NEGOTIATION_ROUNDS_MOST; i++) {
		m = sharing_message(i & 1 ? CSTN_MESSAGE_OFFER : CSTN_MESSAGE_REQUEST,
				i & 1 ? P : R, 0, 5, i);
		memcpy(m.id, &i, sizeof(i));
		at = say(at, &m);
	}
	m.type = CSTN_MESSAGE_REQUEST;
	m.actor = R;
	m.expires_us = 0;
	m.id[15] = 1;
	SHARING_FAILS(CSTN_E_LIMIT, "at most 4096", cstn_negotiation_apply(at, &m, &out, &error));
	m.type = CSTN_MESSAGE_ACCEPT;
	at = say(at, &m);
	m = sharing_message(CSTN_MESSAGE_AGREE, P, 201, 5, 0);
	at = say(at, &m);
	ck_assert_int_eq(cstn_negotiation_state(at), CSTN_NEGOTIATION_AGREED);
	cstn_negotiation_unref(at);
}
END_TEST

/* --- bad input -------------------------------------------------------------------------------- */

START_TEST(bad_options_are_refused)
{
	cstn_negotiation_options good = CSTN_NEGOTIATION_OPTIONS_INIT, bad;
	char most[CSTN_ID_MOST + 2];
	cstn_negotiation *out = NULL;

	good.id = "n";
	good.provider = "a";
	good.recipient = "b";
	good.constellation = "c";
	memset(most, 'x', sizeof(most));
	most[CSTN_ID_MOST + 1] = 0;
	bad = good;
	bad.flags = 2;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "unknown bits",
			cstn_negotiation_new(&bad, &out, &error));
	bad = good;
	bad.provider = "b";
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "is provider and recipient",
			cstn_negotiation_new(&bad, &out, &error));
	bad = good;
	bad.id = "";
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "id has 0 bytes",
			cstn_negotiation_new(&bad, &out, &error));
	bad.id = most;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "id has 65 bytes",
			cstn_negotiation_new(&bad, &out, &error));
	bad.id = "a\nb";
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "control byte",
			cstn_negotiation_new(&bad, &out, &error));
	bad = good;
	bad.constellation = NULL;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "constellation is NULL",
			cstn_negotiation_new(&bad, &out, &error));
	ck_assert_ptr_null(out);
	most[CSTN_ID_MOST] = 0;
	good.id = most;
	SHARING_OK(cstn_negotiation_new(&good, &out, &error));
	cstn_negotiation_unref(out);
}
END_TEST

START_TEST(bad_messages_are_refused)
{
	cstn_negotiation *at = sharing_negotiation(0), *out = NULL;
	cstn_negotiation_message good = sharing_message(CSTN_MESSAGE_OFFER, P, 1, 1, 50), bad;
	char reason[CSTN_REASON_MOST + 1];

	memset(reason, 'r', sizeof(reason));
	bad = good;
	bad.type = 8;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "type 8",
			cstn_negotiation_apply(at, &bad, &out, &error));
	bad = good;
	bad.actor = 3;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "actor 3",
			cstn_negotiation_apply(at, &bad, &out, &error));
	bad = good;
	bad.expires_us = 50;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "later than now_us 50",
			cstn_negotiation_apply(at, &bad, &out, &error));
	bad = good;
	bad.type = CSTN_MESSAGE_REQUEST;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "0 expected",
			cstn_negotiation_apply(at, &bad, &out, &error));
	bad = good;
	bad.reason = reason;
	bad.reason_len = sizeof(reason);
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "one line",
			cstn_negotiation_apply(at, &bad, &out, &error));
	bad.reason = "a\nb";
	bad.reason_len = 3;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "one line",
			cstn_negotiation_apply(at, &bad, &out, &error));
	ck_assert_ptr_null(out);
	bad.reason = reason;
	bad.reason_len = CSTN_REASON_MOST;
	at = say(at, &bad);
	cstn_negotiation_unref(at);
}
END_TEST

/* --- text ------------------------------------------------------------------------------------- */

static const char offer_text[] =
		"cstn/negotiation/v1\n"
		"negotiation n1\n"
		"id 02020202020202020202020202020202\n"
		"type offer\n"
		"actor provider\n"
		"now_us -5\n"
		"digest 0505050505050505050505050505050505050505050505050505050505050505\n"
		"expires_us 9223372036854775807\n"
		"reason no price yet\n";

static cstn_negotiation_message offer_message(void)
{
	cstn_negotiation_message m = sharing_message(CSTN_MESSAGE_OFFER, P, 2, 5, -5);

	m.reason = "no price yet";
	m.reason_len = strlen(m.reason);
	return m;
}

START_TEST(a_message_is_written_and_read_as_lines)
{
	cstn_negotiation_message m = offer_message(), back = CSTN_NEGOTIATION_MESSAGE_INIT;
	cstn_buffer *out;

	SHARING_OK(cstn_negotiation_message_format(&m, NULL, &out, &error));
	ck_assert_str_eq((const char *)cstn_buffer_data(out), offer_text);
	cstn_buffer_free(out);
	SHARING_OK(cstn_negotiation_message_parse(offer_text, strlen(offer_text), &back, &error));
	ck_assert_int_eq(back.type, CSTN_MESSAGE_OFFER);
	ck_assert_int_eq(back.actor, P);
	ck_assert_int_eq(back.now_us, -5);
	ck_assert_int_eq(back.expires_us, INT64_MAX);
	ck_assert_mem_eq(back.negotiation, "n1\n", 3);
	ck_assert_uint_eq(back.negotiation_len, 2);
	ck_assert_mem_eq(back.reason, "no price yet\n", 13);
	ck_assert_uint_eq(back.reason_len, 12);
	ck_assert_mem_eq(back.id, m.id, sizeof(m.id));
	ck_assert_mem_eq(back.digest, m.digest, sizeof(m.digest));
}
END_TEST

START_TEST(every_cut_and_every_changed_byte_of_a_message_is_refused_or_another_message)
{
	size_t len = strlen(offer_text), at;
	char text[sizeof(offer_text)];

	for (at = 0; at < len; at++) {
		cstn_negotiation_message m = CSTN_NEGOTIATION_MESSAGE_INIT;
		cstn_buffer *again;

		ck_assert_int_eq(cstn_negotiation_message_parse(offer_text, at, &m, NULL),
				CSTN_E_FORMAT);
		memcpy(text, offer_text, sizeof(text));
		text[at] ^= 1;
		if (cstn_negotiation_message_parse(text, len, &m, NULL) != CSTN_OK)
			continue;
		SHARING_OK(cstn_negotiation_message_format(&m, NULL, &again, &error));
		ck_assert_str_eq((const char *)cstn_buffer_data(again), text);
		cstn_buffer_free(again);
	}
}
END_TEST

START_TEST(numbers_have_one_form)
{
	static const char *const bad[] = {"now_us +5", "now_us -05", "now_us 05", "now_us -0",
			"now_us ", "now_us 9223372036854775808", "now_us 5 "};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cstn_negotiation_message m = CSTN_NEGOTIATION_MESSAGE_INIT;
		const char *line = strstr(offer_text, "now_us");
		char text[400];

		snprintf(text, sizeof(text), "%.*s%s%s", (int)(line - offer_text), offer_text,
				bad[i], strchr(line, '\n'));
		SHARING_FAILS(CSTN_E_FORMAT, "now_us",
				cstn_negotiation_message_parse(text, strlen(text), &m, &error));
	}
}
END_TEST

START_TEST(a_note_is_taken_only_from_the_actor_while_its_key_holds)
{
	sharing_key maker = sharing_key_of("maker.example", CSTN_NOTE_KEY_SIGN, 1);
	sharing_key shop = sharing_key_of("shop.example", CSTN_NOTE_KEY_SIGN, 2);
	cstn_negotiation_message m = sharing_message(CSTN_MESSAGE_OFFER, P, 2, 5, 100);
	cstn_party_keys *keys = sharing_book();
	cstn_negotiation *at = sharing_negotiation(0), *out = NULL;
	cstn_buffer *note, *forged;

	sharing_add(keys, "maker", CSTN_PARTY_KEY_SIGN, maker.verifier, 50, 100);
	sharing_add(keys, "shop", CSTN_PARTY_KEY_SIGN, shop.verifier, 0, INT64_MAX);
	SHARING_OK(cstn_negotiation_message_sign(&m, maker.signer, NULL, &note, &error));
	SHARING_OK(cstn_negotiation_message_sign(&m, shop.signer, NULL, &forged, &error));
	SHARING_FAILS(CSTN_E_SIGNATURE, "0 SIGN keys of 'maker' that hold",
			cstn_negotiation_apply_note(at, (const char *)cstn_buffer_data(note),
					cstn_buffer_size(note), keys, &out, &error));
	sharing_add(keys, "maker", CSTN_PARTY_KEY_SIGN, maker.verifier, 100, 101);
	SHARING_FAILS(CSTN_E_SIGNATURE, "no SIGN key of 'maker' has signed",
			cstn_negotiation_apply_note(at, (const char *)cstn_buffer_data(forged),
					cstn_buffer_size(forged), keys, &out, &error));
	ck_assert_ptr_null(out);
	SHARING_OK(cstn_negotiation_apply_note(at, (const char *)cstn_buffer_data(note),
			cstn_buffer_size(note), keys, &out, &error));
	ck_assert_int_eq(cstn_negotiation_state(out), CSTN_NEGOTIATION_OFFERED);
	cstn_negotiation_unref(out);
	cstn_negotiation_unref(at);
	cstn_buffer_free(note);
	cstn_buffer_free(forged);
	cstn_party_keys_free(keys);
}
END_TEST

START_TEST(an_entry_of_the_log_names_message_and_outcome)
{
	cstn_negotiation *at = sharing_negotiation(0);
	cstn_negotiation_message m = offer_message();
	cstn_buffer *out;

	SHARING_OK(cstn_negotiation_log_entry(at, &m, CSTN_E_STATE, &out, &error));
	ck_assert_str_eq((const char *)cstn_buffer_data(out),
			"{\"actor\":\"provider\",\"at_us\":-5,\"constellation\":\"c1\",\"digest\":"
			"\"" OFFER_DIGEST "\",\"message\":\"offer\",\"negotiation\":\"n1\","
			"\"outcome\":\"CSTN_E_STATE\",\"provider\":\"maker\",\"recipient\":"
			"\"shop\","
			"\"terms\":"
			"\"0505050505050505050505050505050505050505050505050505050505050505\","
			"\"type\":\"negotiation\",\"version\":1}");
	cstn_buffer_free(out);
	cstn_negotiation_unref(at);
}
END_TEST

/* --- states as bytes -------------------------------------------------------------------------- */

static char *bytes_of(const cstn_negotiation *n)
{
	cstn_buffer *out;

	SHARING_OK(cstn_negotiation_serialize(n, &out, &error));
	return sharing_text(out);
}

static cstn_negotiation *back_of(const char *text)
{
	cstn_negotiation *out;

	SHARING_OK(cstn_negotiation_deserialize(
			(const uint8_t *)text, strlen(text), NULL, &out, &error));
	return out;
}

START_TEST(a_state_is_one_canonical_text)
{
	cstn_negotiation *at = say_type(sharing_negotiation(1), CSTN_MESSAGE_OFFER, P, 2, 5);
	char *text = bytes_of(at), *message = strstr(text, "[\"");

	ck_assert_ptr_nonnull(message);
	message[2 + 32] = '\0';
	ck_assert_str_eq(text, "{\"constellation\":\"c1\",\"expires_us\":\"9223372036854775807\","
			       "\"flags\":1,\"id\":\"n1\",\"last_us\":2,\"messages\":"
			       "[\"02020202020202020202020202020202");
	ck_assert_ptr_nonnull(strstr(message + 2 + 33,
			"\"],\"provider\":\"maker\",\"recipient\":\"shop\",\"refused\":0,"
			"\"rounds\":1,\"state\":\"OFFERED\",\"terms\":"
			"\"0505050505050505050505050505050505050505050505050505050505050505\","
			"\"type\":\"cstn/negotiation-state/v1\"}"));
	free(text);
	cstn_negotiation_unref(at);
}
END_TEST

START_TEST(bytes_that_are_no_state_are_refused)
{
	static const char *const edits[][2] = {{"\"flags\":0", "\"flags\":2"},
			{"\"rounds\":2", "\"rounds\":3"}, {"\"rounds\":2", "\"rounds\":0"},
			{"\"OFFERED\"", "\"NONE\""}, {"\"OFFERED\"", "\"WAITING\""},
			{"\"maker\"", "\"shop\""}, {"\"c1\"", "\"\""},
			{"\"last_us\":2", "\"last_us\":\"2\""},
			{"\"last_us\":2", "\"last_us\":2.5"}, {"\"last_us\":2", "\"last_us\": 2"},
			{"state/v1", "state/v2"}, {"\"last_us\"", "\"other\""},
			{"\"refused\":0", "\"refused\":-1"}};
	cstn_negotiation *at = offered(0), *out = NULL;
	char *good = bytes_of(at), bad[2000];
	size_t i;

	for (i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		const char *place = strstr(good, edits[i][0]);

		ck_assert_msg(place != NULL, "%s", edits[i][0]);
		snprintf(bad, sizeof(bad), "%.*s%s%s", (int)(place - good), good, edits[i][1],
				place + strlen(edits[i][0]));
		ck_assert_msg(cstn_negotiation_deserialize((const uint8_t *)bad, strlen(bad), NULL,
					      &out, NULL) == CSTN_E_FORMAT,
				"%s", edits[i][1]);
	}
	ck_assert_ptr_null(out);
	free(good);
	cstn_negotiation_unref(at);
}
END_TEST

/* --- random walks ----------------------------------------------------------------------------- */

/* What must hold whatever is said: a state changes only by CSTN_OK; terminal states stay; who ends
 * at FINALIZED has heard both parties name one digest; a walk goes on from bytes as from memory. */
static int walk(uint64_t seed)
{
	cstn_negotiation *at = sharing_negotiation(sharing_roll(&seed, 2)), *next, *read;
	int32_t names_digest[3] = {-1, -1, -1}; /* the digest each actor last agreed to */
	int i, ended;

	for (i = 0; i < 40; i++) {
		int32_t actor = 1 + (int32_t)sharing_roll(&seed, 2), before;
		int32_t type = 1 + (int32_t)sharing_roll(&seed, sharing_roll(&seed, 4) ? 6 : 7);
		uint8_t digest = (uint8_t)(1 + sharing_roll(&seed, 2));
		cstn_negotiation_message m =
				sharing_message(type, actor, (uint8_t)(1 + sharing_roll(&seed, 30)),
						digest, sharing_roll(&seed, 100));
		char *was = bytes_of(at), *is, *again;
		cstn_status status;

		if (type == CSTN_MESSAGE_OFFER && sharing_roll(&seed, 2))
			m.expires_us = m.now_us + 1 + sharing_roll(&seed, 50);
		before = cstn_negotiation_state(at);
		read = back_of(was);
		next = NULL;
		status = cstn_negotiation_apply(at, &m, &next, NULL);
		is = bytes_of(at);
		ck_assert_str_eq(was, is);
		free(is);
		ck_assert(status == CSTN_OK || status == CSTN_E_STATE || status == CSTN_E_STALE ||
				status == CSTN_E_CONFLICT);
		ck_assert((status == CSTN_OK) == (next != NULL));
		if (before >= CSTN_NEGOTIATION_FINALIZED)
			ck_assert(next == NULL || next == at);
		if (next != NULL && next != at && type <= CSTN_MESSAGE_FINALIZE)
			names_digest[actor] = digest;
		cstn_negotiation_unref(at);
		at = NULL;
		if (next != NULL) {
			SHARING_OK(cstn_negotiation_apply(read, &m, &at, &error));
			is = bytes_of(next);
			again = bytes_of(at);
			ck_assert_str_eq(is, again);
			free(is);
			free(again);
			cstn_negotiation_unref(next);
			cstn_negotiation_unref(read);
		} else {
			ck_assert_int_eq(cstn_negotiation_apply(read, &m, &at, NULL), status);
			at = read;
		}
		free(was);
		if (cstn_negotiation_state(at) == CSTN_NEGOTIATION_FINALIZED) {
			ck_assert_int_eq(names_digest[R], names_digest[P]);
			ck_assert_uint_eq(info_of(at).digest[0], (uint8_t)names_digest[R]);
		}
	}
	ended = cstn_negotiation_state(at);
	cstn_negotiation_unref(at);
	return ended;
}

START_TEST(random_walks_keep_the_rules)
{
	int ended[8] = {0};
	uint64_t seed;

	for (seed = 1; seed <= 1500; seed += test_every())
		ended[walk(seed)]++;
	ck_assert_int_gt(ended[CSTN_NEGOTIATION_FINALIZED], 0);
	ck_assert_int_gt(ended[CSTN_NEGOTIATION_TERMINATED], 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_state_says_who_negotiates_and_what_stands,
			a_second_offer_needs_the_flag,
			what_answers_must_quote_the_digest_that_stands,
			a_termination_may_quote_anything,
			an_offer_is_accepted_until_one_microsecond_before_its_end,
			the_end_of_an_offer_goes_with_the_offer,
			a_message_that_comes_again_changes_nothing,
			a_refused_message_may_be_said_later_and_is_counted,
			a_message_of_another_negotiation_is_refused,
			rounds_are_limited_and_what_ends_a_negotiation_is_not,
			bad_options_are_refused, bad_messages_are_refused,
			a_message_is_written_and_read_as_lines,
			every_cut_and_every_changed_byte_of_a_message_is_refused_or_another_message,
			numbers_have_one_form,
			a_note_is_taken_only_from_the_actor_while_its_key_holds,
			an_entry_of_the_log_names_message_and_outcome,
			a_state_is_one_canonical_text, bytes_that_are_no_state_are_refused,
			random_walks_keep_the_rules};

	return run_tests("negotiation", tests, sizeof(tests) / sizeof(tests[0]));
}
