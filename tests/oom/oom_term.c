/* Out of memory in terms: built, read, said in words, compared and offered. */
#include "oom.h"

#include "../unit/term_fixture.h"

/* Each call that gives something to a builder. */
enum {
	PROVIDER,
	RECIPIENT,
	ROLE,
	CONSTELLATION,
	FIELD,
	PURPOSE,
	WINDOW,
	GRANULARITY,
	ONWARD,
	RETENTION,
	REVOCATION,
	LIMITS,
	CONSIDERATION,
	DUTY,
	BASIS,
	DOCUMENT
};

static cstn_status set_part(cstn_term_builder *to, int32_t which, cstn_error **error)
{
	static const char *const parties[] = {"c"};
	cstn_term_data_window window = CSTN_TERM_DATA_WINDOW_INIT;
	cstn_term_step step = CSTN_TERM_STEP_INIT;
	const cstn_term_step *steps[] = {&step};
	cstn_term_granularity granularity = CSTN_TERM_GRANULARITY_INIT;
	cstn_term_onward onward = CSTN_TERM_ONWARD_INIT;
	cstn_term_retention retention = CSTN_TERM_RETENTION_INIT;
	cstn_term_revocation revocation = CSTN_TERM_REVOCATION_INIT;
	cstn_term_limits limits = CSTN_TERM_LIMITS_INIT;

	step.path = "d.e";
	step.step = 2;
	granularity.level = CSTN_LEVEL_GENERALISED;
	granularity.steps = steps;
	granularity.n_steps = 1;
	onward.to = CSTN_ONWARD_LIST;
	onward.max_hops = 1;
	onward.parties = parties;
	onward.n_parties = 1;
	switch (which) {
	case WINDOW:
		return cstn_term_builder_set_data_window(to, &window, error);
	case GRANULARITY:
		return cstn_term_builder_set_granularity(to, &granularity, error);
	case ONWARD:
		return cstn_term_builder_set_onward(to, &onward, error);
	case RETENTION:
		return cstn_term_builder_set_retention(to, &retention, error);
	case REVOCATION:
		return cstn_term_builder_set_revocation(to, &revocation, error);
	default:
		return cstn_term_builder_set_limits(to, &limits, error);
	}
}

static cstn_status add_item(cstn_term_builder *to, int32_t which, cstn_error **error)
{
	cstn_term_consideration money = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_duty then = CSTN_TERM_DUTY_INIT, duty = CSTN_TERM_DUTY_INIT;
	cstn_term_document document = CSTN_TERM_DOCUMENT_INIT;

	money.kind = CSTN_CONSIDERATION_MONEY;
	money.amount_minor = 1;
	money.currency = "EUR";
	then.phase = duty.phase = CSTN_DUTY_AFTER;
	then.action = duty.action = "pay";
	duty.consequence = &then;
	document.title = "T";
	if (which == CONSIDERATION)
		return cstn_term_builder_add_consideration(to, &money, error);
	if (which == DUTY)
		return cstn_term_builder_add_duty(to, &duty, error);
	return cstn_term_builder_add_document(to, &document, error);
}

static cstn_status give(cstn_term_builder *to, int32_t which, cstn_error **error)
{
	switch (which) {
	case PROVIDER:
		return cstn_term_builder_set_provider(to, "a", error);
	case RECIPIENT:
		return cstn_term_builder_set_recipient(to, "b", error);
	case ROLE:
		return cstn_term_builder_add_recipient_role(to, "r", error);
	case CONSTELLATION:
		return cstn_term_builder_set_constellation(to, "c", error);
	case FIELD:
		return cstn_term_builder_add_field(to, "d.e", error);
	case PURPOSE:
		return cstn_term_builder_set_purpose(to, "f", error);
	case BASIS:
		return cstn_term_builder_set_legal_basis(to, "g", error);
	case CONSIDERATION:
	case DUTY:
	case DOCUMENT:
		return add_item(to, which, error);
	default:
		return set_part(to, which, error);
	}
}

static cstn_status builder_new(oom *o)
{
	cstn_term_builder *builder = NULL;
	cstn_status status;

	oom_arm(o);
	OOM_CALL(status, cstn_term_builder_new(o->allocator, &builder, &error));
	oom_disarm(o);
	ck_assert((builder == NULL) == (status != CSTN_OK));
	cstn_term_builder_free(builder);
	return status;
}

static cstn_status builder_give(oom *o)
{
	cstn_term_builder *builder = NULL;
	cstn_status status;

	TERM_OK(cstn_term_builder_new(o->allocator, &builder, &term_error));
	oom_arm(o);
	OOM_CALL(status, give(builder, o->which, &error));
	oom_disarm(o);
	cstn_term_builder_free(builder);
	return status;
}

/* A term of this allocator, that of the fixture: with every component. */
static cstn_term *term_of(const cstn_allocator *allocator)
{
	cstn_term *full = term_end(term_full()), *term = NULL;
	size_t len;
	const char *json = cstn_term_json(full, &len);

	TERM_OK(cstn_term_read(json, len, 0, allocator, &term, &term_error));
	cstn_term_unref(full);
	return term;
}

static cstn_term_set *set_of(cstn_term *term)
{
	cstn_term_set *set = NULL;

	TERM_OK(cstn_term_set_new(&term, 1, NULL, &set, &term_error));
	return set;
}

static cstn_status build(oom *o)
{
	static const int32_t needed[] = {PROVIDER, RECIPIENT, CONSTELLATION, FIELD, PURPOSE,
			GRANULARITY, CONSIDERATION, DUTY, DOCUMENT, ONWARD};
	cstn_constraint *rows = term_rows_at_most(3);
	cstn_term_builder *builder = NULL;
	cstn_term *term = NULL;
	cstn_status status;

	TERM_OK(cstn_term_builder_new(o->allocator, &builder, &term_error));
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		TERM_OK(give(builder, needed[i], &term_error));
	TERM_OK(cstn_term_builder_set_actions(builder, 1, &term_error));
	TERM_OK(cstn_term_builder_set_constraint(builder, rows, &term_error));
	cstn_constraint_unref(rows);
	oom_arm(o);
	OOM_CALL(status, cstn_term_builder_build(builder, &term, &error));
	oom_disarm(o);
	ck_assert((term == NULL) == (status != CSTN_OK));
	cstn_term_unref(term);
	cstn_term_builder_free(builder);
	return status;
}

static cstn_status read_term(oom *o)
{
	cstn_term *whole = term_of(NULL), *term = NULL;
	cstn_status status;
	size_t len;
	const char *json = cstn_term_json(whole, &len);

	oom_arm(o);
	OOM_CALL(status, cstn_term_read(json, len, 0, o->allocator, &term, &error));
	oom_disarm(o);
	ck_assert((term == NULL) == (status != CSTN_OK));
	cstn_term_unref(term);
	cstn_term_unref(whole);
	return status;
}

static cstn_status make_set(oom *o)
{
	cstn_term *terms[2] = {term_of(NULL), term_end(term_begin())};
	cstn_term_set *whole = set_of(terms[0]), *set = NULL;
	cstn_status status;
	size_t len;
	const char *json = cstn_term_set_json(whole, &len);

	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_term_set_new(terms, 2, o->allocator, &set, &error));
	else
		OOM_CALL(status, cstn_term_set_read(json, len, 0, o->allocator, &set, &error));
	oom_disarm(o);
	ck_assert((set == NULL) == (status != CSTN_OK));
	cstn_term_set_unref(set);
	cstn_term_set_unref(whole);
	cstn_term_unref(terms[0]);
	cstn_term_unref(terms[1]);
	return status;
}

OOM_MAKE_OF(words, buffer, free, term, unref, term_of(o->allocator),
		cstn_term_text(self, &made, &error))

static cstn_vocabulary *vocabulary_of(const cstn_allocator *allocator)
{
	cstn_vocabulary_builder *builder = NULL;
	cstn_vocabulary *vocabulary = NULL;

	TERM_OK(cstn_vocabulary_builder_new(allocator, &builder, &term_error));
	TERM_OK(cstn_vocabulary_builder_add_purpose(builder, "planning", 8, NULL, 0, &term_error));
	TERM_OK(cstn_vocabulary_builder_build(builder, &vocabulary, &term_error));
	cstn_vocabulary_builder_free(builder);
	return vocabulary;
}

/* gamma gets from delta what delta may get: of fewer rows. */
static cstn_term *derived_term(void)
{
	cstn_term_builder *builder = term_full();
	cstn_constraint *rows = term_rows_at_most(10);
	cstn_term_onward nobody = CSTN_TERM_ONWARD_INIT;

	TERM_OK(cstn_term_builder_set_provider(builder, "delta", &term_error));
	TERM_OK(cstn_term_builder_set_constraint(builder, rows, &term_error));
	TERM_OK(cstn_term_builder_set_onward(builder, &nobody, &term_error));
	cstn_constraint_unref(rows);
	return term_end(builder);
}

/* That of all members, so that a role may be a recipient. */
static cstn_term *parent_term(void)
{
	cstn_term_builder *builder = term_full();
	cstn_term_onward all = CSTN_TERM_ONWARD_INIT;

	all.to = CSTN_ONWARD_SAME_CONSTELLATION;
	all.max_hops = 1;
	TERM_OK(cstn_term_builder_set_onward(builder, &all, &term_error));
	return term_end(builder);
}

static cstn_status within(oom *o)
{
	cstn_term *derived = derived_term(), *parent = parent_term();
	cstn_term_set *derived_set = set_of(derived), *parent_set = set_of(parent);
	cstn_vocabulary *vocabulary = vocabulary_of(o->allocator);
	int32_t is = -1;
	cstn_status status;

	oom_arm(o);
	if (o->which == 0)
		OOM_CALL(status, cstn_term_is_within(
						 derived, parent, vocabulary, &is, NULL, &error));
	else if (o->which == 2)
		OOM_CALL(status, cstn_term_is_realizable(derived, vocabulary, &is, NULL, &error));
	else
		OOM_CALL(status, cstn_term_set_is_within(derived_set, parent_set, vocabulary, &is,
						 NULL, NULL, &error));
	oom_disarm(o);
	ck_assert_int_eq(is, status == CSTN_OK ? 1 : -1);
	cstn_vocabulary_unref(vocabulary);
	cstn_term_set_unref(derived_set);
	cstn_term_set_unref(parent_set);
	cstn_term_unref(derived);
	cstn_term_unref(parent);
	return status;
}

/* The defects are told if there is memory for all of them. */
static cstn_status offer(oom *o)
{
	cstn_offer_options options = CSTN_OFFER_OPTIONS_INIT;
	cstn_vocabulary *vocabulary = vocabulary_of(o->allocator);
	cstn_term *term = term_of(NULL);
	cstn_term_set *set = set_of(term);
	cstn_offer_defects *defects = NULL;
	cstn_status status;

	options.vocabulary = vocabulary;
	oom_arm(o);
	OOM_CALL(status, cstn_offer_check(set, &options, o->allocator, &defects, &error));
	oom_disarm(o);
	ck_assert((defects == NULL) == (status == CSTN_E_NOMEM));
	if (status == CSTN_E_UNEVALUABLE)
		status = CSTN_OK;
	cstn_offer_defects_free(defects);
	cstn_term_set_unref(set);
	cstn_term_unref(term);
	cstn_vocabulary_unref(vocabulary);
	return status;
}

const oom_case oom_cases_term[] = {
		{"cstn_term_builder_new", builder_new, 0, 0},
		{"cstn_term_builder_set_provider", builder_give, 0, PROVIDER},
		{"cstn_term_builder_set_recipient", builder_give, 0, RECIPIENT},
		{"cstn_term_builder_add_recipient_role", builder_give, 0, ROLE},
		{"cstn_term_builder_set_constellation", builder_give, 0, CONSTELLATION},
		{"cstn_term_builder_add_field", builder_give, 0, FIELD},
		{"cstn_term_builder_set_purpose", builder_give, 0, PURPOSE},
		{"cstn_term_builder_set_data_window", builder_give, 0, WINDOW},
		{"cstn_term_builder_set_granularity", builder_give, 0, GRANULARITY},
		{"cstn_term_builder_set_onward", builder_give, 0, ONWARD},
		{"cstn_term_builder_set_retention", builder_give, 0, RETENTION},
		{"cstn_term_builder_set_revocation", builder_give, 0, REVOCATION},
		{"cstn_term_builder_set_limits", builder_give, 0, LIMITS},
		{"cstn_term_builder_add_consideration", builder_give, 0, CONSIDERATION},
		{"cstn_term_builder_add_duty", builder_give, 0, DUTY},
		{"cstn_term_builder_set_legal_basis", builder_give, 0, BASIS},
		{"cstn_term_builder_add_document", builder_give, 0, DOCUMENT},
		{"cstn_term_builder_build", build, 0, 0},
		{"cstn_term_read", read_term, 0, 0},
		{"cstn_term_set_new", make_set, 0, 0},
		{"cstn_term_set_read", make_set, 0, 1},
		{"cstn_term_text", words, 0, 0},
		{"cstn_term_is_within", within, 0, 0},
		{"cstn_term_set_is_within", within, 0, 1},
		{"cstn_term_is_realizable", within, 0, 2},
		{"cstn_offer_check", offer, 0, 0},
};
const size_t oom_count_term = sizeof(oom_cases_term) / sizeof(oom_cases_term[0]);
