/* Offers against counter-offers, agreements against agreements. */
#include <constellation/term.h>

#include "constraint_fixture.h"

#define DAY INT64_C(86400000000)

typedef struct made {
	int32_t effect;
	const char *recipient; /* NULL: role carrier */
	const char *field, *purpose;
	uint32_t actions;
	int64_t from_us, until_us;
	const char *constraint; /* JSON; NULL: none */
} made;

static const made base = {CSTN_EFFECT_PERMIT, "beta", "order.quantity", "planning",
		CSTN_ACTION_READ, 0, 100 * DAY, NULL};

static cstn_term *term_of(const made *is)
{
	cstn_term_builder *builder = NULL;
	cstn_term_consideration gift = CSTN_TERM_CONSIDERATION_INIT;
	cstn_constraint *constraint = is->constraint ? read_constraint(is->constraint) : NULL;
	cstn_term *out = NULL;
	cstn_error *error = NULL;
	cstn_status status;

	gift.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
#define GOOD(call) ck_assert_int_eq(call, CSTN_OK)
	GOOD(cstn_term_builder_new(NULL, &builder, NULL));
	GOOD(cstn_term_builder_set_effect(builder, is->effect, NULL));
	GOOD(cstn_term_builder_set_provider(builder, "acme", NULL));
	if (is->recipient)
		GOOD(cstn_term_builder_set_recipient(builder, is->recipient, NULL));
	else
		GOOD(cstn_term_builder_add_recipient_role(builder, "carrier", NULL));
	GOOD(cstn_term_builder_set_constellation(builder, "c", NULL));
	GOOD(cstn_term_builder_add_field(builder, is->field, NULL));
	GOOD(cstn_term_builder_set_purpose(builder, is->purpose, NULL));
	GOOD(cstn_term_builder_set_actions(builder, is->actions, NULL));
	GOOD(cstn_term_builder_set_access_window(builder, is->from_us, is->until_us, NULL));
	if (is->effect == CSTN_EFFECT_PERMIT)
		GOOD(cstn_term_builder_add_consideration(builder, &gift, NULL));
	GOOD(cstn_term_builder_set_constraint(builder, constraint, NULL));
#undef GOOD
	status = cstn_term_builder_build(builder, &out, &error);
	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	cstn_term_builder_free(builder);
	cstn_constraint_unref(constraint);
	return out;
}

static int32_t compared(const made *a, const made *b)
{
	cstn_vocabulary *vocabulary = sample_vocabulary();
	cstn_term *x = term_of(a), *y = term_of(b);
	int32_t there = -1, back = -1;

	ck_assert_int_eq(cstn_terms_compare(x, y, vocabulary, &there, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_terms_compare(y, x, vocabulary, &back, NULL), CSTN_OK);
	ck_assert_int_eq(there, back);
	cstn_term_unref(x);
	cstn_term_unref(y);
	cstn_vocabulary_unref(vocabulary);
	return there;
}

#define LESS(value) \
	"{\"operand\":\"rows\",\"operator\":\"lt\",\"type\":\"int64\",\"value\":" value "}"
#define MORE "{\"operand\":\"rows\",\"operator\":\"gt\",\"type\":\"int64\",\"value\":50}"
#define LATE \
	"{\"operand\":\"now\",\"operator\":\"gteq\",\"type\":\"instant\",\"value\":8640000000000}"
#define STRANGE "{\"operand\":\"weather\",\"operator\":\"lt\",\"type\":\"int64\",\"value\":1}"

START_TEST(an_offer_and_a_counter_offer)
{
	made other = base;

	ck_assert_int_eq(compared(&base, &other), CSTN_COMPARE_COMPATIBLE);
#define CHANGED(member, value, verdict)                             \
	do {                                                        \
		other = base;                                       \
		other.member = value;                               \
		ck_assert_int_eq(compared(&base, &other), verdict); \
	} while (0)
	CHANGED(effect, CSTN_EFFECT_PROHIBIT, CSTN_COMPARE_CONFLICT);
	CHANGED(recipient, "gamma", CSTN_COMPARE_CONFLICT);
	CHANGED(recipient, NULL, CSTN_COMPARE_UNKNOWN);
	CHANGED(field, "order.*", CSTN_COMPARE_COMPATIBLE);
	CHANGED(field, "order.price", CSTN_COMPARE_CONFLICT);
	CHANGED(purpose, "safety", CSTN_COMPARE_COMPATIBLE);
	CHANGED(purpose, "recall", CSTN_COMPARE_CONFLICT);
	CHANGED(purpose, "spam", CSTN_COMPARE_UNKNOWN);
	CHANGED(actions, CSTN_ACTION_USE, CSTN_COMPARE_COMPATIBLE);
	CHANGED(actions, CSTN_ACTION_WRITE, CSTN_COMPARE_CONFLICT);
	CHANGED(until_us, 1, CSTN_COMPARE_COMPATIBLE);
	CHANGED(from_us, 99 * DAY, CSTN_COMPARE_COMPATIBLE);
	CHANGED(constraint, LESS("5"), CSTN_COMPARE_UNDERSPECIFIED);
	CHANGED(constraint, LATE, CSTN_COMPARE_CONFLICT); /* the window ends where it begins */
	CHANGED(constraint, STRANGE, CSTN_COMPARE_UNKNOWN);
#undef CHANGED
	other = base;
	other.from_us = 100 * DAY;
	other.until_us = 200 * DAY;
	ck_assert_int_eq(compared(&base, &other), CSTN_COMPARE_CONFLICT);
	other.from_us = 100 * DAY - 1;
	ck_assert_int_eq(compared(&base, &other), CSTN_COMPARE_COMPATIBLE);
}
END_TEST

static int32_t opposed(const made *permission, const made *prohibition)
{
	cstn_vocabulary *vocabulary = sample_vocabulary();
	cstn_term *x = term_of(permission), *y = term_of(prohibition);
	cstn_term_set *a = NULL, *b = NULL;
	int32_t there = -1, back = -1;

	ck_assert_int_eq(cstn_term_set_new(&x, 1, NULL, &a, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_term_set_new(&y, 1, NULL, &b, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_agreements_compare(a, b, vocabulary, &there, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_agreements_compare(b, a, vocabulary, &back, NULL), CSTN_OK);
	ck_assert_int_eq(there, back);
	ck_assert_int_eq(cstn_agreements_compare(a, a, vocabulary, &back, NULL), CSTN_OK);
	ck_assert_int_eq(back, CSTN_AGREEMENTS_NONE);
	cstn_term_set_unref(a);
	cstn_term_set_unref(b);
	cstn_term_unref(x);
	cstn_term_unref(y);
	cstn_vocabulary_unref(vocabulary);
	return there;
}

START_TEST(a_permission_against_a_prohibition)
{
	made permission = base, other = base;

	other.effect = CSTN_EFFECT_PROHIBIT;
	ck_assert_int_eq(opposed(&permission, &other), CSTN_AGREEMENTS_CONFLICT);
	other.field = "order.*";
	other.actions = CSTN_ACTION_USE;
	other.until_us = 200 * DAY;
	ck_assert_int_eq(opposed(&permission, &other), CSTN_AGREEMENTS_CONFLICT);
	other.constraint = MORE;
	ck_assert_int_eq(opposed(&permission, &other), CSTN_AGREEMENTS_AMBIGUOUS);
	permission.constraint = LESS("5");
	ck_assert_int_eq(opposed(&permission, &other), CSTN_AGREEMENTS_NONE);
	other.constraint = LESS("6");
	ck_assert_int_eq(opposed(&permission, &other), CSTN_AGREEMENTS_CONFLICT);
	other.constraint = STRANGE;
	ck_assert_int_eq(opposed(&permission, &other), CSTN_AGREEMENTS_UNKNOWN);
	other.constraint = NULL;
	other.purpose = "safety";
	ck_assert_int_eq(opposed(&permission, &other), CSTN_AGREEMENTS_AMBIGUOUS);
	other.purpose = "recall";
	ck_assert_int_eq(opposed(&permission, &other), CSTN_AGREEMENTS_NONE);
	other.purpose = "planning";
	other.until_us = 50 * DAY;
	ck_assert_int_eq(opposed(&permission, &other), CSTN_AGREEMENTS_AMBIGUOUS);
	other.recipient = NULL;
	ck_assert_int_eq(opposed(&permission, &other), CSTN_AGREEMENTS_UNKNOWN);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			an_offer_and_a_counter_offer, a_permission_against_a_prohibition};

	return run_tests("term_compare", tests, sizeof(tests) / sizeof(*tests));
}
