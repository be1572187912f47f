/* Agreements: what both must sign, chains that have gaps or forks, what derives from what, stores.
 */
#include "agreement_fixture.h"

#include <stdio.h>

#include "suite.h"

#define R CSTN_ACTOR_RECIPIENT
#define P CSTN_ACTOR_PROVIDER

static agreement_world world;

static void open_world(void)
{
	agreement_world_open(&world);
}

static void close_world(void)
{
	agreement_world_close(&world);
}

/* --- bodies ----------------------------------------------------------------------------------- */

START_TEST(a_body_is_one_text)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_buffer *text;

	body.retire_by = CSTN_BY_PROVIDER;
	memset(body.parent, 0xab, sizeof(body.parent));
	SHARING_OK(cstn_agreement_body_format(&body, NULL, &text, &error));
	ck_assert_str_eq((const char *)cstn_buffer_data(text),
			"cstn/agreement/v1\n"
			"provider maker\n"
			"recipient shop\n"
			"constellation c1\n"
			"terms 0505050505050505050505050505050505050505050505050505050505050505\n"
			"made_us 10\n"
			"valid_from_us 100\n"
			"valid_until_us 1000\n"
			"notice_us 50\n"
			"retire_by provider\n"
			"condition disruption 17 resolved\n"
			"parent abababababababababababababababababababababababababababababababab\n"
			"predecessor "
			"0000000000000000000000000000000000000000000000000000000000000000\n");
	cstn_buffer_free(text);
}
END_TEST

START_TEST(bad_bodies_are_refused)
{
	const cstn_agreement_body good = agreement_body(5);
	cstn_agreement_body bad = good;
	cstn_buffer *out = NULL;

	bad.recipient = "maker";
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "is provider and recipient",
			cstn_agreement_body_format(&bad, NULL, &out, &error));
	bad = good;
	bad.retire_by = 4;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "unknown bits 0x4",
			cstn_agreement_body_format(&bad, NULL, &out, &error));
	bad = good;
	bad.condition = "a\nb";
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "one line",
			cstn_agreement_body_format(&bad, NULL, &out, &error));
	bad = good;
	bad.valid_until_us = 100;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "is not later than",
			cstn_agreement_body_format(&bad, NULL, &out, &error));
	bad = good;
	bad.notice_us = -1;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "notice_us is -1",
			cstn_agreement_body_format(&bad, NULL, &out, &error));
	bad = good;
	bad.constellation = "";
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "constellation has 0 bytes",
			cstn_agreement_body_format(&bad, NULL, &out, &error));
	ck_assert_ptr_null(out);
}
END_TEST

START_TEST(both_parties_must_have_signed)
{
	cstn_agreement_body body = agreement_body(5);
	const char *const alone[2] = {world.maker.signer, world.shop.signer};
	cstn_agreement *out = NULL;
	cstn_buffer *text;
	size_t i;

	SHARING_OK(cstn_agreement_body_format(&body, NULL, &text, &error));
	for (i = 0; i < 2; i++) {
		cstn_buffer *note;

		SHARING_OK(cstn_note_sign((const char *)cstn_buffer_data(text),
				cstn_buffer_size(text), NULL, 0, alone + i, 1, NULL, &note,
				&error));
		SHARING_FAILS(CSTN_E_SIGNATURE, i ? "'maker'" : "'shop'",
				cstn_agreement_open((const char *)cstn_buffer_data(note),
						cstn_buffer_size(note), world.keys, NULL, NULL,
						&out, &error));
		cstn_buffer_free(note);
	}
	ck_assert_ptr_null(out);
	cstn_buffer_free(text);
}
END_TEST

START_TEST(an_agreement_comes_from_a_finalized_negotiation_of_its_terms)
{
	static const int32_t says[][2] = {{CSTN_MESSAGE_REQUEST, R}, {CSTN_MESSAGE_AGREE, P},
			{CSTN_MESSAGE_VERIFY, R}, {CSTN_MESSAGE_FINALIZE, P}};
	cstn_negotiation *n = sharing_negotiation(0), *next;
	cstn_agreement_body body = agreement_body(5), other = agreement_body(6);
	char *note = agreement_note(&world, &body), *wrong = agreement_note(&world, &other);
	cstn_agreement *out = NULL;
	uint8_t i;

	for (i = 0; i < 4; i++) {
		cstn_negotiation_message m =
				sharing_message(says[i][0], says[i][1], (uint8_t)(i + 1), 5, i);

		SHARING_FAILS(CSTN_E_STATE, "FINALIZED expected",
				cstn_agreement_open(note, strlen(note), world.keys, n, NULL, &out,
						&error));
		SHARING_OK(cstn_negotiation_apply(n, &m, &next, &error));
		cstn_negotiation_unref(n);
		n = next;
	}
	SHARING_FAILS(CSTN_E_MISMATCH, "other terms",
			cstn_agreement_open(
					wrong, strlen(wrong), world.keys, n, NULL, &out, &error));
	SHARING_OK(cstn_agreement_open(note, strlen(note), world.keys, n, NULL, &out, &error));
	ck_assert_str_eq(cstn_agreement_note(out, NULL), note);
	cstn_agreement_unref(out);
	out = NULL;
	body.constellation = "c2";
	free(wrong);
	wrong = agreement_note(&world, &body);
	SHARING_FAILS(CSTN_E_MISMATCH, "in 'c2'",
			cstn_agreement_open(
					wrong, strlen(wrong), world.keys, n, NULL, &out, &error));
	cstn_negotiation_unref(n);
	free(note);
	free(wrong);
}
END_TEST

/* --- transitions ------------------------------------------------------------------------------ */

START_TEST(a_transition_is_one_text_and_back)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_agreement *a = agreement_of(&world, &body);
	cstn_transition t = agreement_act(CSTN_TRANSITION_SUSPEND, P, CSTN_CAUSE_DISPUTE, 150);
	cstn_transition back = CSTN_TRANSITION_INIT;
	char digest[65], wanted[1024];
	cstn_buffer *text;
	size_t i;

	t.reason = "late three times";
	t.reason_len = strlen(t.reason);
	SHARING_OK(cstn_agreement_draft(a, NULL, &t, &error));
	SHARING_OK(cstn_transition_format(&t, NULL, &text, &error));
	for (i = 0; i < 32; i++)
		snprintf(digest + 2 * i, 3, "%02x", cstn_agreement_digest(a)[i]);
	snprintf(wanted, sizeof(wanted),
			"cstn/transition/v1\nagreement %s\nseq 1\nfrom ACTIVE\nto SUSPENDED\n"
			"event suspend\nactor provider\nat_us 150\ncause dispute\neffective_us 0\n"
			"successor %064d\nreason late three times\nprevious %s\n",
			digest, 0, digest);
	ck_assert_str_eq((const char *)cstn_buffer_data(text), wanted);
	SHARING_OK(cstn_transition_parse(wanted, strlen(wanted), &back, &error));
	ck_assert_int_eq(back.event, t.event);
	ck_assert_int_eq(back.at_us, 150);
	ck_assert_uint_eq(back.seq, 1);
	ck_assert_mem_eq(back.reason, t.reason, t.reason_len);
	for (i = 0; i < strlen(wanted); i++)
		ck_assert_int_eq(cstn_transition_parse(wanted, i, &back, NULL), CSTN_E_FORMAT);
	strstr(wanted, "seq 1")[4] = '0';
	ck_assert_int_eq(cstn_transition_parse(wanted, strlen(wanted), &back, NULL), CSTN_E_FORMAT);
	cstn_buffer_free(text);
	cstn_agreement_unref(a);
}
END_TEST

START_TEST(fields_that_do_not_fit_the_event_are_refused)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_agreement *a = agreement_of(&world, &body);
	cstn_transition_options options = CSTN_TRANSITION_OPTIONS_INIT;
	cstn_transition t;

	t = agreement_act(CSTN_TRANSITION_SUSPEND, P, 0, 150);
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "one of 1..4",
			cstn_agreement_draft(a, NULL, &t, &error));
	t = agreement_act(CSTN_TRANSITION_RENEW, P, CSTN_CAUSE_DISPUTE, 150);
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "others 0",
			cstn_agreement_draft(a, NULL, &t, &error));
	t = agreement_act(CSTN_TRANSITION_RETIRE, P, 0, 150);
	t.effective_us = 199;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "before the end of the notice, 200",
			cstn_agreement_draft(a, NULL, &t, &error));
	t.at_us = INT64_MAX - 10;
	SHARING_FAILS(CSTN_E_STATE, "EXPIRED", cstn_agreement_draft(a, NULL, &t, &error));
	t = agreement_act(CSTN_TRANSITION_RENEW, P, 0, 150);
	t.effective_us = 1;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "effective_us 1",
			cstn_agreement_draft(a, NULL, &t, &error));
	t = agreement_act(CSTN_TRANSITION_CONDITION_ENDED, P, 0, 150);
	t.reason = "disruption 18 resolved";
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "not 'disruption 18 resolved'",
			cstn_agreement_draft(a, NULL, &t, &error));
	t = agreement_act(CSTN_TRANSITION_SUPERSEDE, P, 0, 150);
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "names a successor",
			cstn_agreement_draft(a, NULL, &t, &error));
	t.successor[0] = 1;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "is not given",
			cstn_agreement_draft(a, NULL, &t, &error));
	options.successor = a;
	memcpy(t.successor, cstn_agreement_digest(a), 32);
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "does not name this agreement",
			cstn_agreement_draft(a, &options, &t, &error));
	options.cured = 1u << CSTN_CAUSE_DISPUTE;
	SHARING_FAILS(CSTN_E_INVALID_ARGUMENT, "cured has bits 0x2",
			cstn_agreement_draft(a, &options, &t, &error));
	body.condition = NULL;
	cstn_agreement_unref(a);
	a = agreement_of(&world, &body);
	t = agreement_act(CSTN_TRANSITION_CONDITION_ENDED, P, 0, 150);
	SHARING_FAILS(CSTN_E_STATE, "names no condition",
			cstn_agreement_draft(a, NULL, &t, &error));
	cstn_agreement_unref(a);
}
END_TEST

START_TEST(only_the_actor_signs_his_act)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_agreement *a = agreement_of(&world, &body), *out;
	cstn_transition t = agreement_act(CSTN_TRANSITION_SUSPEND, P, CSTN_CAUSE_DISPUTE, 150);
	cstn_buffer *note;

	SHARING_OK(cstn_agreement_draft(a, NULL, &t, &error));
	SHARING_OK(cstn_transition_sign(&t, world.shop.signer, NULL, &note, &error));
	SHARING_FAILS(CSTN_E_SIGNATURE, "'maker'",
			agreement_apply(&world, a, (const char *)cstn_buffer_data(note), &out,
					&error));
	ck_assert_ptr_null(out);
	cstn_buffer_free(note);
	body.made_us = 11;
	cstn_agreement_unref(a);
	a = agreement_of(&world, &body);
	SHARING_OK(cstn_transition_sign(&t, world.maker.signer, NULL, &note, &error));
	SHARING_FAILS(CSTN_E_MISMATCH, "another agreement",
			agreement_apply(&world, a, (const char *)cstn_buffer_data(note), &out,
					&error));
	cstn_buffer_free(note);
	cstn_agreement_unref(a);
}
END_TEST

START_TEST(a_state_that_is_not_as_it_should_be_is_refused)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_agreement *a = agreement_of(&world, &body), *out;
	cstn_transition t = agreement_act(CSTN_TRANSITION_SUSPEND, P, CSTN_CAUSE_DISPUTE, 150);
	char *note;

	SHARING_OK(cstn_agreement_draft(a, NULL, &t, &error));
	t.from = CSTN_AGREEMENT_PENDING;
	note = agreement_sign(&world, a, &t);
	SHARING_FAILS(CSTN_E_STATE, "it leads from ACTIVE to SUSPENDED, not from PENDING",
			agreement_apply(&world, a, note, &out, &error));
	ck_assert_ptr_null(out);
	free(note);
	cstn_agreement_unref(a);
}
END_TEST

/* Notes of three transitions of an agreement: suspend, resume, suspend. */
static void three_notes(const cstn_agreement_body *body, char *notes[3])
{
	static const int32_t events[] = {
			CSTN_TRANSITION_SUSPEND, CSTN_TRANSITION_RESUME, CSTN_TRANSITION_SUSPEND};
	cstn_agreement *a = agreement_of(&world, body), *next;
	int i;

	for (i = 0; i < 3; i++) {
		cstn_transition t = agreement_act(events[i], P, CSTN_CAUSE_DISPUTE, 150 + i);

		SHARING_OK(cstn_agreement_draft(a, NULL, &t, &error));
		notes[i] = agreement_sign(&world, a, &t);
		SHARING_OK(agreement_apply(&world, a, notes[i], &next, &error));
		cstn_agreement_unref(a);
		a = next;
	}
	cstn_agreement_unref(a);
}

static void free_notes(char *notes[3])
{
	int i;

	for (i = 0; i < 3; i++)
		free(notes[i]);
}

/* Apply a note that must give `expected`, and go on with what comes out. */
static cstn_agreement *then(cstn_agreement *a, const char *note, cstn_status expected)
{
	cstn_agreement *out;

	ck_assert_int_eq(agreement_apply(&world, a, note, &out, NULL), expected);
	ck_assert_ptr_nonnull(out);
	cstn_agreement_unref(a);
	return out;
}

START_TEST(a_gap_suspends_until_it_is_filled)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_transition t = agreement_act(CSTN_TRANSITION_RENEW, R, 0, 160);
	cstn_agreement_info info;
	cstn_agreement *a, *back;
	char *notes[3], *bytes;

	three_notes(&body, notes);
	a = then(agreement_of(&world, &body), notes[2], CSTN_E_MISSING);
	info = agreement_info(a, 155);
	ck_assert_int_eq(info.state, CSTN_AGREEMENT_SUSPENDED);
	ck_assert_int_eq(info.chain_state, CSTN_AGREEMENT_ACTIVE);
	ck_assert_int_eq(info.cause, CSTN_CAUSE_CONDITION_UNKNOWN);
	ck_assert_int_eq(info.suspended_by, 0);
	ck_assert_uint_eq(info.holds, CSTN_HOLD_MISSING);
	ck_assert_int_eq(info.decides, 0);
	ck_assert_int_eq(agreement_info(a, 1000).state, CSTN_AGREEMENT_EXPIRED);
	SHARING_FAILS(CSTN_E_MISSING, "transition 1 is missing; 3 is known",
			cstn_agreement_draft(a, NULL, &t, &error));
	bytes = agreement_bytes(a);
	SHARING_OK(cstn_agreement_deserialize(
			(const uint8_t *)bytes, strlen(bytes), NULL, &back, &error));
	ck_assert_uint_eq(agreement_info(back, 155).holds, CSTN_HOLD_MISSING);
	cstn_agreement_unref(a);
	a = then(back, notes[0], CSTN_OK);
	a = then(a, notes[1], CSTN_OK);
	info = agreement_info(a, 155);
	ck_assert_int_eq(info.chain_state, CSTN_AGREEMENT_ACTIVE);
	ck_assert_int_eq(info.state, CSTN_AGREEMENT_SUSPENDED);
	ck_assert_uint_eq(info.holds, CSTN_HOLD_MISSING);
	a = then(a, notes[2], CSTN_OK);
	info = agreement_info(a, 155);
	ck_assert_uint_eq(info.holds, 0);
	ck_assert_int_eq(info.suspended_by, P);
	ck_assert_uint_eq(info.seq, 3);
	free(bytes);
	cstn_agreement_unref(a);
	free_notes(notes);
}
END_TEST

START_TEST(a_transition_that_comes_again_changes_nothing)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_agreement *a = agreement_of(&world, &body), *out;
	char *notes[3];

	three_notes(&body, notes);
	a = then(a, notes[0], CSTN_OK);
	a = then(a, notes[1], CSTN_OK);
	SHARING_OK(agreement_apply(&world, a, notes[0], &out, &error));
	ck_assert_ptr_eq(out, a);
	cstn_agreement_unref(out);
	cstn_agreement_unref(a);
	free_notes(notes);
}
END_TEST

START_TEST(two_successors_of_one_transition_are_a_split_view)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_agreement *start = agreement_of(&world, &body), *a, *b, *held, *back;
	cstn_transition t = agreement_act(CSTN_TRANSITION_SUSPEND, P, CSTN_CAUSE_DUTY_OVERDUE, 150);
	char *notes[3], *other, *after, *bytes;

	three_notes(&body, notes);
	SHARING_OK(cstn_agreement_draft(start, NULL, &t, &error));
	other = agreement_sign(&world, start, &t);
	SHARING_OK(agreement_apply(&world, start, notes[0], &a, &error));
	SHARING_OK(agreement_apply(&world, start, other, &b, &error));
	/* Another one at a place that is taken. */
	SHARING_FAILS(CSTN_E_SPLIT_VIEW, "transition 0 has two successors",
			agreement_apply(&world, a, other, &held, &error));
	ck_assert_uint_eq(agreement_info(held, 155).holds, CSTN_HOLD_SPLIT_VIEW);
	ck_assert_int_eq(agreement_info(held, 155).state, CSTN_AGREEMENT_SUSPENDED);
	/* The hold goes with what comes after it, and with its bytes. */
	held = then(held, notes[1], CSTN_OK);
	ck_assert_int_eq(agreement_info(held, 155).chain_state, CSTN_AGREEMENT_ACTIVE);
	ck_assert_int_eq(agreement_info(held, 155).decides, 0);
	bytes = agreement_bytes(held);
	SHARING_OK(cstn_agreement_deserialize(
			(const uint8_t *)bytes, strlen(bytes), NULL, &back, &error));
	ck_assert_uint_eq(agreement_info(back, 155).holds, CSTN_HOLD_SPLIT_VIEW);
	cstn_agreement_unref(back);
	cstn_agreement_unref(held);
	/* One that follows another predecessor than ours. */
	t = agreement_act(CSTN_TRANSITION_RENEW, R, 0, 151);
	SHARING_OK(cstn_agreement_draft(b, NULL, &t, &error));
	after = agreement_sign(&world, b, &t);
	SHARING_FAILS(CSTN_E_SPLIT_VIEW, "transition 0 has two successors",
			agreement_apply(&world, a, after, &held, &error));
	cstn_agreement_unref(held);
	cstn_agreement_unref(start);
	cstn_agreement_unref(a);
	cstn_agreement_unref(b);
	free(other);
	free(after);
	free(bytes);
	free_notes(notes);
}
END_TEST

START_TEST(a_lagging_clock_does_not_wake_what_was_suspended)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_agreement *a = agreement_do(&world, agreement_of(&world, &body),
			agreement_act(CSTN_TRANSITION_SUSPEND, R, CSTN_CAUSE_DISPUTE, 500));
	cstn_transition late = agreement_act(CSTN_TRANSITION_RESUME, R, CSTN_CAUSE_DISPUTE, 450);

	ck_assert_int_eq(cstn_agreement_state_at(a, 499), CSTN_AGREEMENT_SUSPENDED);
	ck_assert_int_eq(cstn_agreement_decides_at(a, 0), 0);
	a = agreement_do(&world, a, late);
	ck_assert_int_eq(cstn_agreement_state_at(a, 450), CSTN_AGREEMENT_ACTIVE);
	cstn_agreement_unref(a);
}
END_TEST

START_TEST(a_dispute_ends_by_who_began_it_alone)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_transition_options options = CSTN_TRANSITION_OPTIONS_INIT;
	cstn_agreement *a = agreement_do(&world, agreement_of(&world, &body),
			agreement_act(CSTN_TRANSITION_SUSPEND, R, CSTN_CAUSE_DISPUTE, 500));
	cstn_transition t = agreement_act(CSTN_TRANSITION_RESUME, P, CSTN_CAUSE_DISPUTE, 510);

	options.cured = 28;
	SHARING_FAILS(CSTN_E_STATE, "the other side suspended it",
			cstn_agreement_draft(a, &options, &t, &error));
	t.cause = CSTN_CAUSE_DUTY_OVERDUE;
	SHARING_FAILS(CSTN_E_STATE, "another cause", cstn_agreement_draft(a, &options, &t, &error));
	cstn_agreement_unref(a);
}
END_TEST

START_TEST(duties_that_survive_are_live_after_the_end)
{
	cstn_agreement_body body = agreement_body(5);
	cstn_agreement *a = agreement_of(&world, &body);

	ck_assert_int_eq(cstn_agreement_duty_is_live(a, "attribute", 0, 999), 1);
	ck_assert_int_eq(cstn_agreement_duty_is_live(a, "attribute", 0, 1000), 0);
	ck_assert_int_eq(cstn_agreement_duty_is_live(a, "delete", 0, 1000), 1);
	ck_assert_int_eq(cstn_agreement_duty_is_live(a, "destroy_key", 0, 1000), 1);
	ck_assert_int_eq(cstn_agreement_duty_is_live(a, "return", 0, 1000), 1);
	ck_assert_int_eq(cstn_agreement_duty_is_live(a, "pay", 0, 1000), 1);
	ck_assert_int_eq(cstn_agreement_duty_is_live(a, "confidential", 2000, 1999), 1);
	ck_assert_int_eq(cstn_agreement_duty_is_live(a, "confidential", 2000, 2000), 0);
	ck_assert_int_eq(cstn_agreement_duty_is_live(a, "confidential", INT64_MAX, INT64_MAX), 1);
	ck_assert_int_eq(cstn_agreement_duty_is_live(NULL, "pay", 0, 0), 0);
	cstn_agreement_unref(a);
}
END_TEST

/* --- terms ------------------------------------------------------------------------------------ */

/* The status of an agreement that `retire_by` may retire with a notice of 50, whose term lets `by`
 * with a notice; `words` stand in its message. */
static cstn_status revocable(uint32_t retire_by, int32_t by, int64_t notice_us, const char *words)
{
	cstn_agreement_body body = agreement_body(0);
	cstn_term_revocation revocation = CSTN_TERM_REVOCATION_INIT;
	cstn_agreement *bare, *out = NULL;
	cstn_error *error = NULL;
	cstn_term_set *terms;
	cstn_status status;

	revocation.by = by;
	revocation.notice_us = notice_us;
	terms = agreement_terms_ended("maker", "shop", 0, &revocation);
	body.retire_by = retire_by;
	cstn_term_set_digest(terms, body.terms);
	bare = agreement_of(&world, &body);
	status = cstn_agreement_with_terms(bare, terms, &out, &error);
	ck_assert_msg(strstr(cstn_error_message(error), words) != NULL, "%s",
			cstn_error_message(error));
	ck_assert((status == CSTN_OK) == (out != NULL));
	cstn_error_free(error);
	cstn_agreement_unref(out);
	cstn_agreement_unref(bare);
	cstn_term_set_unref(terms);
	return status;
}

START_TEST(an_agreement_is_retired_by_nobody_whom_a_term_does_not_let)
{
	const uint32_t both = CSTN_BY_PROVIDER | CSTN_BY_RECIPIENT;
	const int32_t provider = CSTN_REVOCATION_PROVIDER, recipient = CSTN_REVOCATION_RECIPIENT;

	ck_assert_int_eq(revocable(both, 0, 0, ""), CSTN_OK);
	ck_assert_int_eq(revocable(both, CSTN_REVOCATION_BOTH, 0, ""), CSTN_OK);
	ck_assert_int_eq(revocable(both, provider, 0,
					 "term 0, revocation: the agreement lets the recipient"),
			CSTN_E_MISMATCH);
	ck_assert_int_eq(
			revocable(both, recipient, 0, "lets the provider retire"), CSTN_E_MISMATCH);
	ck_assert_int_eq(revocable(CSTN_BY_RECIPIENT, provider, 0, "recipient"), CSTN_E_MISMATCH);
	ck_assert_int_eq(revocable(CSTN_BY_PROVIDER, recipient, 0, "provider"), CSTN_E_MISMATCH);
	ck_assert_int_eq(revocable(CSTN_BY_PROVIDER, provider, 0, ""), CSTN_OK);
	ck_assert_int_eq(revocable(CSTN_BY_RECIPIENT, recipient, 0, ""), CSTN_OK);
	ck_assert_int_eq(revocable(0, recipient, 0, ""), CSTN_OK);
}
END_TEST

START_TEST(an_agreement_is_retired_with_no_less_notice_than_a_term_asks_for)
{
	const uint32_t both = CSTN_BY_PROVIDER | CSTN_BY_RECIPIENT;

	ck_assert_int_eq(revocable(both, 0, 50, ""), CSTN_OK);
	ck_assert_int_eq(revocable(both, 0, 51,
					 "term 0, revocation: the agreement has a notice of 50 us, "
					 "the term one of 51"),
			CSTN_E_MISMATCH);
	ck_assert_int_eq(revocable(0, 0, 51, ""), CSTN_OK); /* nobody may retire it */
}
END_TEST

/* --- bytes ------------------------------------------------------------------------------------ */

START_TEST(bytes_whose_chain_does_not_hold_are_refused)
{
	static const char *const edits[][2] = {{"to SUSPENDED", "to RETIRED"}, {"seq 1", "seq 2"},
			{"\"seen\":1", "\"seen\":0"}, {"\"split\":0", "\"split\":2"},
			{"at_us 150", "at_us 50"}, {"cause dispute", "cause none"},
			{"valid_from_us 100", "valid_from_us 1000"}, {"previous ", "previous a"},
			{"state/v1", "state/v2"}, {"\"split\"", "\"splat\""},
			{"\"terms\":\"\"", "\"terms\":\"[]\""}};
	cstn_agreement_body body = agreement_body(5);
	cstn_agreement *a = agreement_do(&world, agreement_of(&world, &body),
			agreement_act(CSTN_TRANSITION_SUSPEND, R, CSTN_CAUSE_DISPUTE, 150));
	char *good = agreement_bytes(a), bad[8000];
	cstn_agreement *out = NULL;
	size_t i;

	for (i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		const char *place = strstr(good, edits[i][0]);

		ck_assert_msg(place != NULL, "%s", edits[i][0]);
		snprintf(bad, sizeof(bad), "%.*s%s%s", (int)(place - good), good, edits[i][1],
				place + strlen(edits[i][0]));
		ck_assert_msg(cstn_agreement_deserialize((const uint8_t *)bad, strlen(bad), NULL,
					      &out, NULL) == CSTN_E_FORMAT,
				"%s", edits[i][1]);
	}
	ck_assert_ptr_null(out);
	free(good);
	cstn_agreement_unref(a);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("agreement");
	TCase *all = tcase_create("agreement");

	tcase_add_checked_fixture(all, open_world, close_world);
	tcase_add_test(all, a_body_is_one_text);
	tcase_add_test(all, bad_bodies_are_refused);
	tcase_add_test(all, both_parties_must_have_signed);
	tcase_add_test(all, an_agreement_comes_from_a_finalized_negotiation_of_its_terms);
	tcase_add_test(all, a_transition_is_one_text_and_back);
	tcase_add_test(all, fields_that_do_not_fit_the_event_are_refused);
	tcase_add_test(all, only_the_actor_signs_his_act);
	tcase_add_test(all, a_state_that_is_not_as_it_should_be_is_refused);
	tcase_add_test(all, a_gap_suspends_until_it_is_filled);
	tcase_add_test(all, a_transition_that_comes_again_changes_nothing);
	tcase_add_test(all, two_successors_of_one_transition_are_a_split_view);
	tcase_add_test(all, a_lagging_clock_does_not_wake_what_was_suspended);
	tcase_add_test(all, a_dispute_ends_by_who_began_it_alone);
	tcase_add_test(all, duties_that_survive_are_live_after_the_end);
	tcase_add_test(all, an_agreement_is_retired_by_nobody_whom_a_term_does_not_let);
	tcase_add_test(all, an_agreement_is_retired_with_no_less_notice_than_a_term_asks_for);
	tcase_add_test(all, bytes_whose_chain_does_not_hold_are_refused);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
