/* Decisions one by one: signed agreements, overrides, the firewall, what must be done and charged,
 * and what is refused. */
#include <stdio.h>

#include "agreement_fixture.h"
#include <constellation/decision.h>

#include "suite.h"
#include "term_fixture.h"

#define DAY TERM_DAY
#define PLACE "c1"
#define FROM "maker"
#define TO "shop"

static cstn_vocabulary *words(uint32_t classes)
{
	cstn_vocabulary_builder *b;
	cstn_vocabulary *out;

	TERM_OK(cstn_vocabulary_builder_new(NULL, &b, &term_error));
	TERM_OK(cstn_vocabulary_builder_add_purpose(b, "planning", 8, NULL, 0, &term_error));
	TERM_OK(cstn_vocabulary_builder_add_path(b, "order.qty", 9, classes, &term_error));
	TERM_OK(cstn_vocabulary_builder_build(b, &out, &term_error));
	cstn_vocabulary_builder_free(b);
	return out;
}

/* A builder with a constellation of two members that are what `relation` says to each other. */
static cstn_rules_builder *begin(uint32_t classes, int32_t relation)
{
	cstn_constellation_rules place = CSTN_CONSTELLATION_RULES_INIT;
	static const char *const parties[] = {FROM, TO};
	cstn_vocabulary *vocabulary = words(classes);
	cstn_rules_builder *b;

	place.constellation = PLACE;
	place.vocabulary = vocabulary;
	TERM_OK(cstn_rules_builder_new(NULL, &b, &term_error));
	TERM_OK(cstn_rules_builder_add_constellation(b, &place, &term_error));
	cstn_vocabulary_unref(vocabulary);
	for (int i = 0; i < 2; i++)
		TERM_OK(cstn_rules_builder_add_membership(
				b, PLACE, parties[i], NULL, 0, 0, INT64_MAX, &term_error));
	for (int i = 0; i < 2 && relation; i++)
		TERM_OK(cstn_rules_builder_add_relation(b, PLACE, parties[i], parties[1 - i],
				relation, 0, INT64_MAX, &term_error));
	return b;
}

/* The term of one field; `change` adds to it. */
static cstn_term *term_of(int32_t level, void (*change)(cstn_term_builder *))
{
	cstn_term_consideration gift = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_granularity g = CSTN_TERM_GRANULARITY_INIT;
	cstn_term_builder *b;
	cstn_term *out;

	gift.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
	g.level = level;
	TERM_OK(cstn_term_builder_new(NULL, &b, &term_error));
	TERM_OK(cstn_term_builder_set_provider(b, FROM, &term_error));
	TERM_OK(cstn_term_builder_set_recipient(b, TO, &term_error));
	TERM_OK(cstn_term_builder_set_constellation(b, PLACE, &term_error));
	TERM_OK(cstn_term_builder_add_field(b, "order.qty", &term_error));
	TERM_OK(cstn_term_builder_set_purpose(b, "planning", &term_error));
	TERM_OK(cstn_term_builder_set_actions(b, CSTN_ACTION_READ, &term_error));
	TERM_OK(cstn_term_builder_set_granularity(b, &g, &term_error));
	TERM_OK(cstn_term_builder_add_consideration(b, &gift, &term_error));
	if (change)
		change(b);
	TERM_OK(cstn_term_builder_build(b, &out, &term_error));
	cstn_term_builder_free(b);
	return out;
}

static void add(cstn_rules_builder *b, cstn_term *term)
{
	cstn_rules_agreement row = CSTN_RULES_AGREEMENT_INIT;

	row.constellation = PLACE;
	row.provider = FROM;
	row.recipient = TO;
	row.digest[0] = 1;
	row.state = CSTN_AGREEMENT_ACTIVE;
	row.terms = &term;
	row.n_terms = 1;
	TERM_OK(cstn_rules_builder_add_agreement(b, &row, &term_error));
}

static cstn_rules *end(cstn_rules_builder *b)
{
	cstn_rules *rules;

	TERM_OK(cstn_rules_build(b, &rules, &term_error));
	cstn_rules_builder_free(b);
	return rules;
}

static cstn_request_options asking(int64_t now_us)
{
	static const char *const path = "order.qty";
	cstn_request_options options = CSTN_REQUEST_OPTIONS_INIT;

	options.constellation = PLACE;
	options.provider = FROM;
	options.recipient = TO;
	options.purpose = "planning";
	options.action = CSTN_ACTION_READ;
	options.paths = &path;
	options.n_paths = 1;
	options.now_us = now_us;
	return options;
}

static cstn_decision *decide(cstn_rules *rules, const cstn_request_options *options)
{
	cstn_request *request;
	cstn_decision *out;

	TERM_OK(cstn_request_new(options, NULL, &request, &term_error));
	TERM_OK(cstn_decide(rules, request, &out, &term_error));
	cstn_request_unref(request);
	return out;
}

static int32_t reason_at(cstn_rules *rules, int64_t now_us)
{
	cstn_request_options options = asking(now_us);
	cstn_decision *decision = decide(rules, &options);
	int32_t reason = cstn_decision_reason(decision);

	cstn_decision_unref(decision);
	return reason;
}

/* --- signed agreements ------------------------------------------------------------------------ */

START_TEST(a_signed_agreement_decides_while_it_lives)
{
	cstn_agreement_body body = agreement_body(1);
	cstn_term_set *terms = agreement_terms(FROM, TO, 0), *others;
	cstn_rules_builder *b = begin(CSTN_CLASS_OPERATIONAL, CSTN_RELATION_PARTNER);
	cstn_request_options options = asking(500);
	agreement_world world;
	cstn_agreement *agreement;
	cstn_rules *rules;

	agreement_world_open(&world);
	cstn_term_set_digest(terms, body.terms);
	agreement = agreement_of(&world, &body);
	others = agreement_terms(FROM, TO, 3);
	ck_assert_int_eq(cstn_rules_builder_add_signed(b, agreement, others, NULL, NULL),
			CSTN_E_MISMATCH);
	TERM_OK(cstn_rules_builder_add_signed(b, agreement, terms, NULL, &term_error));
	ck_assert_int_eq(cstn_rules_builder_add_signed(b, agreement, terms, NULL, NULL),
			CSTN_E_DUPLICATE);
	rules = end(b);
	options.level = CSTN_LEVEL_EXISTENCE;
	for (int i = 0; i < 2; i++) {
		/* valid in [100, 1000) */
		static const struct {
			int64_t now_us;
			int32_t live;
		} cases[2][4] = {{{99, 0}, {100, 1}, {999, 1}, {1000, 0}},
				{{99, 0}, {100, 0}, {999, 0}, {1000, 0}}};

		for (int k = 0; k < 4; k++) {
			cstn_decision *decision;

			options.now_us = cases[i][k].now_us;
			decision = decide(rules, &options);
			ck_assert_int_eq(cstn_decision_is_permitted(decision), cases[i][k].live);
			cstn_decision_unref(decision);
		}
		cstn_rules_unref(rules);
		agreement = agreement_do(&world, agreement,
				agreement_act(CSTN_TRANSITION_SUSPEND, CSTN_ACTOR_PROVIDER,
						CSTN_CAUSE_DISPUTE, 200 + i));
		b = begin(CSTN_CLASS_OPERATIONAL, CSTN_RELATION_PARTNER);
		TERM_OK(cstn_rules_builder_add_signed(b, agreement, terms, NULL, &term_error));
		rules = end(b);
		ck_assert_int_eq(reason_at(rules, 500), CSTN_DECISION_SUSPENDED);
		if (i == 0)
			agreement = agreement_do(&world, agreement,
					agreement_act(CSTN_TRANSITION_RESUME, CSTN_ACTOR_PROVIDER,
							CSTN_CAUSE_DISPUTE, 201));
	}
	cstn_rules_unref(rules);
	cstn_agreement_unref(agreement);
	cstn_term_set_unref(terms);
	cstn_term_set_unref(others);
	agreement_world_close(&world);
}
END_TEST

/* --- the firewall and overrides --------------------------------------------------------------- */

/* The note of an override of order.* between 100 and 200 days, signed by two keys. */
static cstn_buffer *note_of(const sharing_key *first, const sharing_key *second)
{
	static const char *const path = "order.*";
	cstn_override override = CSTN_OVERRIDE_INIT;
	const char *signers[2] = {first->signer, second->signer};
	cstn_buffer *text, *note;

	override.level = CSTN_LEVEL_PSEUDONYM;
	override.constellation = PLACE;
	override.provider = FROM;
	override.recipient = TO;
	override.paths = &path;
	override.n_paths = 1;
	override.from_us = 100 * DAY;
	override.until_us = 200 * DAY;
	TERM_OK(cstn_override_format(&override, NULL, &text, &term_error));
	TERM_OK(cstn_note_sign((const char *)cstn_buffer_data(text), cstn_buffer_size(text), NULL,
			0, signers, second == first ? 1 : 2, NULL, &note, &term_error));
	cstn_buffer_free(text);
	return note;
}

static cstn_status add_note(cstn_rules_builder *b, const cstn_party_keys *keys, cstn_buffer *note)
{
	cstn_status status = cstn_rules_builder_add_override(b,
			(const char *)cstn_buffer_data(note), cstn_buffer_size(note), keys, NULL);

	cstn_buffer_free(note);
	return status;
}

START_TEST(competitors_get_old_cells_or_what_two_officers_sign)
{
	sharing_key one = sharing_key_of(FROM, CSTN_NOTE_KEY_SIGN, 1),
		    two = sharing_key_of(FROM, CSTN_NOTE_KEY_SIGN, 2),
		    none = sharing_key_of(FROM, CSTN_NOTE_KEY_SIGN, 3);
	cstn_rules_builder *b = begin(CSTN_CLASS_COMPETITIVE, CSTN_RELATION_COMPETITOR);
	cstn_party_keys *keys = sharing_book();
	cstn_term *term = term_of(CSTN_LEVEL_RAW, NULL);
	cstn_request_options options = asking(150 * DAY);
	cstn_decision_field field = {.struct_size = sizeof(field)};
	cstn_decision *decision;
	cstn_rules *rules;

	sharing_add(keys, FROM, CSTN_PARTY_KEY_OFFICER, one.verifier, 0, INT64_MAX);
	sharing_add(keys, FROM, CSTN_PARTY_KEY_OFFICER, two.verifier, 0, 180 * DAY);
	sharing_add(keys, FROM, CSTN_PARTY_KEY_SIGN, none.verifier, 0, INT64_MAX);
	add(b, term);
	cstn_term_unref(term);
	ck_assert_int_eq(add_note(b, keys, note_of(&one, &one)), CSTN_E_SIGNATURE);
	ck_assert_int_eq(add_note(b, keys, note_of(&one, &none)), CSTN_E_SIGNATURE);
	ck_assert_int_eq(add_note(b, keys, note_of(&one, &two)), CSTN_OK);
	rules = end(b);
	/* before, while both keys hold, after one has ended, after the end */
	options.flags = CSTN_REQUEST_DOWNGRADE_OK;
	for (int64_t day = 50; day <= 250; day += 50) {
		int open = day == 100 || day == 150;

		options.now_us = day * DAY;
		options.data_from_us = (day - 20) * DAY;
		options.data_until_us = (day - 10) * DAY;
		decision = decide(rules, &options);
		ck_assert_int_eq(cstn_decision_reason(decision),
				open ? CSTN_DECISION_PERMIT : CSTN_DECISION_FIREWALL);
		TERM_OK(cstn_decision_field_at(decision, 0, &field, &term_error));
		if (open) {
			ck_assert_int_eq(field.granularity->level, CSTN_LEVEL_PSEUDONYM);
			ck_assert_uint_eq(
					field.flags, CSTN_DECISION_FIELD_DOWNGRADED |
								     CSTN_DECISION_FIELD_OVERRIDE |
								     CSTN_DECISION_FIELD_NO_ONWARD);
		}
		cstn_decision_unref(decision);
	}
	/* data of 90 days: cells of three companies, without a microsecond's mercy */
	for (int early = 0; early < 2; early++) {
		options.now_us = 250 * DAY;
		options.data_from_us = 1;
		options.data_until_us = 160 * DAY + early;
		decision = decide(rules, &options);
		ck_assert_int_eq(cstn_decision_reason(decision),
				early ? CSTN_DECISION_FIREWALL : CSTN_DECISION_PERMIT);
		TERM_OK(cstn_decision_field_at(decision, 0, &field, &term_error));
		if (!early) {
			ck_assert_int_eq(field.granularity->level, CSTN_LEVEL_AGGREGATED);
			ck_assert_int_eq(field.granularity->contributors, 3);
			ck_assert_int_eq(field.granularity->max_share_permille, 600);
			ck_assert_int_eq(field.min_age_us, 90 * DAY);
		}
		cstn_decision_unref(decision);
	}
	cstn_rules_unref(rules);
	cstn_party_keys_free(keys);
}
END_TEST

START_TEST(who_has_not_declared_counts_as_a_competitor)
{
	cstn_rules_builder *b = begin(CSTN_CLASS_COMPETITIVE, 0);
	cstn_term *term = term_of(CSTN_LEVEL_RAW, NULL);
	cstn_rules *rules;

	add(b, term);
	cstn_term_unref(term);
	rules = end(b);
	ck_assert_int_eq(reason_at(rules, 100 * DAY), CSTN_DECISION_FIREWALL);
	cstn_rules_unref(rules);
}
END_TEST

/* --- obligations, reservations, suggestions --------------------------------------------------- */

static void with_duties(cstn_term_builder *b)
{
	cstn_term_retention retention = CSTN_TERM_RETENTION_INIT;
	cstn_term_duty duty = CSTN_TERM_DUTY_INIT;
	cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;

	retention.max_us = 30 * DAY;
	retention.then = CSTN_DELIVERED_DESTROY_KEY;
	TERM_OK(cstn_term_builder_set_retention(b, &retention, &term_error));
	duty.phase = CSTN_DUTY_AFTER;
	duty.action = "attribute";
	duty.due = CSTN_DUE_AFTER_RELEASE;
	duty.due_us = 5 * DAY;
	TERM_OK(cstn_term_builder_add_duty(b, &duty, &term_error));
	limits.rows_in_all = 100;
	TERM_OK(cstn_term_builder_set_limits(b, &limits, &term_error));
}

START_TEST(what_is_granted_says_what_must_be_done_and_charged)
{
	cstn_rules_builder *b = begin(CSTN_CLASS_OPERATIONAL, CSTN_RELATION_NEUTRAL);
	cstn_term *term = term_of(CSTN_LEVEL_RAW, with_duties);
	cstn_decision_obligation todo = {.struct_size = sizeof(todo)};
	cstn_decision_reservation charge = {.struct_size = sizeof(charge)};
	cstn_rules_usage usage = CSTN_RULES_USAGE_INIT;
	cstn_request_options options = asking(10 * DAY);
	cstn_decision *decision;
	cstn_request *better;
	cstn_rules *rules;

	add(b, term);
	usage.agreement[0] = 1;
	cstn_term_digest(term, usage.term);
	usage.rows_in_all = 40;
	TERM_OK(cstn_rules_builder_add_usage(b, &usage, &term_error));
	cstn_term_unref(term);
	rules = end(b);
	decision = decide(rules, &options);
	ck_assert_int_eq(cstn_decision_is_permitted(decision), 1);
	ck_assert_uint_eq(cstn_decision_obligation_count(decision), 2);
	TERM_OK(cstn_decision_obligation_at(decision, 0, &todo, &term_error));
	ck_assert_str_eq(todo.action, "attribute");
	ck_assert_int_eq(todo.deadline_us, 15 * DAY);
	TERM_OK(cstn_decision_obligation_at(decision, 1, &todo, &term_error));
	ck_assert_str_eq(todo.action, "destroy_key");
	ck_assert_uint_eq(todo.index, CSTN_RULES_DUTY_RETENTION);
	ck_assert_int_eq(todo.deadline_us, 40 * DAY);
	ck_assert_int_eq(cstn_decision_obligation_at(decision, 2, &todo, NULL), CSTN_E_NOT_FOUND);
	/* as many rows as are left */
	ck_assert_uint_eq(cstn_decision_reservation_count(decision), 1);
	TERM_OK(cstn_decision_reservation_at(decision, 0, &charge, &term_error));
	ck_assert_uint_eq(charge.rows, 60);
	ck_assert_uint_eq(charge.calls, 1);
	cstn_decision_unref(decision);
	for (uint64_t rows = 60; rows <= 61; rows++) {
		options.rows = rows;
		decision = decide(rules, &options);
		ck_assert_int_eq(cstn_decision_reason(decision),
				rows == 60 ? CSTN_DECISION_PERMIT : CSTN_DECISION_BUDGET);
		if (rows == 61) {
			TERM_OK(cstn_decision_suggest(decision, &better, &term_error));
			cstn_decision_unref(decision);
			TERM_OK(cstn_decide(rules, better, &decision, &term_error));
			ck_assert_int_eq(cstn_decision_is_permitted(decision), 1);
			cstn_request_unref(better);
		}
		cstn_decision_unref(decision);
	}
	cstn_rules_unref(rules);
}
END_TEST

/* What is unknown is named, for the provider; `not_there` is not. */
static void explains(cstn_decision *decision, const char *words, const char *not_there)
{
	cstn_buffer *text;
	const char *told;

	TERM_OK(cstn_decision_explain(decision, &text, &term_error));
	told = (const char *)cstn_buffer_data(text);
	ck_assert_msg(strstr(told, words), "%s", told);
	ck_assert_ptr_null(strstr(told, not_there));
	cstn_buffer_free(text);
}

/* A grant of noise, for a request of so much epsilon: its reason, flags, and what is reserved. */
static void noise_is(cstn_rules *rules, uint64_t nano_epsilon, uint32_t flags, int32_t reason,
		uint32_t told, uint64_t reserved)
{
	cstn_decision_field field = {.struct_size = sizeof(field)};
	cstn_decision_reservation charge = {.struct_size = sizeof(charge)};
	cstn_request_options options = asking(10);
	cstn_decision *decision;

	options.level = CSTN_LEVEL_NOISED;
	options.nano_epsilon = nano_epsilon;
	options.flags = flags;
	decision = decide(rules, &options);
	TERM_OK(cstn_decision_field_at(decision, 0, &field, &term_error));
	ck_assert_int_eq(field.reason, reason);
	ck_assert_uint_eq(field.flags & CSTN_DECISION_FIELD_DOWNGRADED, told);
	ck_assert_uint_eq(cstn_decision_reservation_count(decision), reserved ? 1 : 0);
	if (reserved) {
		TERM_OK(cstn_decision_reservation_at(decision, 0, &charge, &term_error));
		ck_assert_uint_eq(charge.nano_epsilon, reserved);
	}
	cstn_decision_unref(decision);
}

static void a_hundred_nano_epsilon(cstn_term_builder *b)
{
	cstn_term_granularity granted = CSTN_TERM_GRANULARITY_INIT;

	granted.level = CSTN_LEVEL_NOISED;
	granted.sensitivity = 1;
	granted.nano_epsilon = 100;
	TERM_OK(cstn_term_builder_set_granularity(b, &granted, &term_error));
}

START_TEST(less_noise_than_granted_is_denied_or_capped_and_said)
{
	cstn_rules_builder *b = begin(CSTN_CLASS_OPERATIONAL, CSTN_RELATION_NEUTRAL);
	cstn_term *term = term_of(CSTN_LEVEL_RAW, a_hundred_nano_epsilon);
	cstn_request_options options = asking(10);
	cstn_decision *decision;
	cstn_request *finest;
	cstn_rules *rules;

	add(b, term);
	cstn_term_unref(term);
	rules = end(b);
	noise_is(rules, 99, 0, CSTN_DECISION_PERMIT, 0, 99);
	noise_is(rules, 100, 0, CSTN_DECISION_PERMIT, 0, 100);
	noise_is(rules, 101, 0, CSTN_DECISION_LEVEL, 0, 0);
	noise_is(rules, 1000000000, 0, CSTN_DECISION_LEVEL, 0, 0);
	noise_is(rules, 101, CSTN_REQUEST_DOWNGRADE_OK, CSTN_DECISION_PERMIT,
			CSTN_DECISION_FIELD_DOWNGRADED, 100);
	options.level = CSTN_LEVEL_NOISED;
	options.nano_epsilon = 101;
	options.flags = CSTN_REQUEST_DOWNGRADE_OK;
	decision = decide(rules, &options);
	explains(decision, "; coarser than asked for; 100 nano-epsilon of 101 asked for", "DENY");
	cstn_decision_unref(decision);
	/* what is suggested in its place asks for as much as is granted */
	options.flags = 0;
	decision = decide(rules, &options);
	TERM_OK(cstn_decision_suggest(decision, &finest, &term_error));
	cstn_decision_unref(decision);
	TERM_OK(cstn_decide(rules, finest, &decision, &term_error));
	ck_assert_int_eq(cstn_decision_is_permitted(decision), 1);
	explains(decision, "; 100 nano-epsilon of 100 asked for", "coarser than");
	cstn_decision_unref(decision);
	cstn_request_unref(finest);
	cstn_rules_unref(rules);
}
END_TEST

START_TEST(what_is_unknown_or_no_field_is_indeterminate)
{
	static const char *const paths[] = {"order.*", "order", "order.qty"};
	const char *told;
	cstn_buffer *text;
	char line[64];
	cstn_fact odd = {"moon", 4, CSTN_OPERAND_INT64, 0, 1, NULL, 0};
	cstn_rules_builder *b = begin(CSTN_CLASS_OPERATIONAL, CSTN_RELATION_NEUTRAL);
	cstn_term *term = term_of(CSTN_LEVEL_RAW, NULL);
	cstn_request_options options = asking(10);
	cstn_decision_field field = {.struct_size = sizeof(field)};
	cstn_decision *decision;
	cstn_rules *rules;

	add(b, term);
	cstn_term_unref(term);
	rules = end(b);
	options.paths = paths;
	options.n_paths = 3;
	decision = decide(rules, &options);
	for (size_t i = 0; i < 3; i++) {
		TERM_OK(cstn_decision_field_at(decision, i, &field, &term_error));
		ck_assert_int_eq(field.reason, strcmp(field.path, "order.qty") == 0
							       ? CSTN_DECISION_PERMIT
							       : CSTN_DECISION_INDETERMINATE);
	}
	TERM_OK(cstn_decision_explain(decision, &text, &term_error));
	for (size_t i = 0; i < 2; i++) { /* which of them is none is said */
		snprintf(line, sizeof(line), "\n%s: DENY INDETERMINATE", paths[i]);
		told = strstr((const char *)cstn_buffer_data(text), line);
		ck_assert_ptr_nonnull(told);
		ck_assert_ptr_nonnull(strstr(told, "it is no field"));
	}
	ck_assert_ptr_null(strstr(strstr((const char *)cstn_buffer_data(text), "order.qty: PERMIT"),
			"it is no field"));
	cstn_buffer_free(text);
	cstn_decision_unref(decision);
	options.n_paths = 0;
	decision = decide(rules, &options);
	ck_assert_int_eq(cstn_decision_reason(decision), CSTN_DECISION_INDETERMINATE);
	ck_assert_int_eq(cstn_decision_is_permitted(decision), 0);
	cstn_decision_unref(decision);
	options = asking(10);
	options.purpose = "conquest";
	decision = decide(rules, &options);
	ck_assert_int_eq(cstn_decision_reason(decision), CSTN_DECISION_INDETERMINATE);
	explains(decision, "; purpose 'conquest' is none of the constellation", "operand '");
	cstn_decision_unref(decision);
	options = asking(10);
	options.facts = &odd;
	options.n_facts = 1;
	decision = decide(rules, &options);
	ck_assert_int_eq(cstn_decision_reason(decision), CSTN_DECISION_INDETERMINATE);
	explains(decision, "; operand 'moon' is none of the vocabulary", "purpose '");
	cstn_decision_unref(decision);
	cstn_rules_unref(rules);
}
END_TEST

/* --- what is refused -------------------------------------------------------------------------- */

START_TEST(bad_requests_are_refused)
{
	static const char *const twice[] = {"order.qty", "order.qty"};
	cstn_request *out = NULL;
	cstn_request_options good = asking(1), bad;

#define REFUSED(status, change)                                                       \
	do {                                                                          \
		bad = good;                                                           \
		change;                                                               \
		ck_assert_int_eq(cstn_request_new(&bad, NULL, &out, NULL), (status)); \
		ck_assert_ptr_null(out);                                              \
	} while (0)
	REFUSED(CSTN_E_STRUCT_SIZE, bad.struct_size = 3);
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.flags = 4);
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.constellation = "");
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.provider = NULL);
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.provider = TO);
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.purpose = "a\nb");
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.action = 0);
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.action = 3);
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.action = 128);
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.level = 7);
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.level = -1);
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.data_from_us = 5; bad.data_until_us = 5);
	REFUSED(CSTN_E_INVALID_ARGUMENT, bad.paths = twice; bad.n_paths = 2);
	REFUSED(CSTN_E_LIMIT, bad.n_paths = CSTN_REQUEST_PATHS_MOST + 1);
	REFUSED(CSTN_E_LIMIT, bad.n_hops = CSTN_REQUEST_HOPS_MOST + 1);
	REFUSED(CSTN_E_LIMIT, bad.n_facts = CSTN_REQUEST_FACTS_MOST + 1);
#undef REFUSED
}
END_TEST

START_TEST(rules_that_name_what_is_not_there_are_refused)
{
	cstn_rules_builder *b = begin(CSTN_CLASS_OPERATIONAL, CSTN_RELATION_NEUTRAL);
	cstn_rules_duty duty = CSTN_RULES_DUTY_INIT;
	cstn_term *term = term_of(CSTN_LEVEL_RAW, NULL);
	cstn_rules *out = NULL;

	duty.agreement[0] = 1;
	duty.state = CSTN_DUTY_PENDING;
	cstn_term_digest(term, duty.term);
	TERM_OK(cstn_rules_builder_add_duty(b, &duty, &term_error));
	ck_assert_int_eq(cstn_rules_build(b, &out, NULL), CSTN_E_NOT_FOUND);
	ck_assert_ptr_null(out);
	/* what was missing is added: the builder is as it was */
	add(b, term);
	cstn_term_unref(term);
	TERM_OK(cstn_rules_build(b, &out, &term_error));
	ck_assert_int_eq(reason_at(out, 10), CSTN_DECISION_PERMIT);
	cstn_rules_unref(out);
	/* and empty after a success */
	TERM_OK(cstn_rules_build(b, &out, &term_error));
	ck_assert_int_eq(reason_at(out, 10), CSTN_DECISION_NO_MEMBERSHIP);
	cstn_rules_unref(out);
	cstn_rules_builder_free(b);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {a_signed_agreement_decides_while_it_lives,
			competitors_get_old_cells_or_what_two_officers_sign,
			who_has_not_declared_counts_as_a_competitor,
			what_is_granted_says_what_must_be_done_and_charged,
			less_noise_than_granted_is_denied_or_capped_and_said,
			what_is_unknown_or_no_field_is_indeterminate, bad_requests_are_refused,
			rules_that_name_what_is_not_there_are_refused};

	return run_tests("decision", tests, sizeof(tests) / sizeof(tests[0]));
}
