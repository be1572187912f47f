/* A manufacturer decides what a retailer may have: as partners, and as competitors. */
#include <stdio.h>
#include <string.h>

#include <constellation/constellation.h>

#define DAY INT64_C(86400000000)
#define PLACE "fresh-food"

/* Orders and prices at their values, for planning, as a gift. */
static cstn_status make_term(cstn_term **out, cstn_error **error)
{
	cstn_term_consideration gift = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_granularity raw = CSTN_TERM_GRANULARITY_INIT;
	cstn_term_builder *builder = NULL;
	cstn_status status = cstn_term_builder_new(NULL, &builder, error);

	gift.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
	raw.level = CSTN_LEVEL_RAW;
	if (status == CSTN_OK)
		status = cstn_term_builder_set_provider(builder, "dairy", error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_recipient(builder, "grocer", error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_constellation(builder, PLACE, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_add_field(builder, "order.*", error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_purpose(builder, "planning", error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_actions(builder, CSTN_ACTION_READ, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_set_granularity(builder, &raw, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_add_consideration(builder, &gift, error);
	if (status == CSTN_OK)
		status = cstn_term_builder_build(builder, out, error);
	cstn_term_builder_free(builder);
	return status;
}

/* What the constellation speaks. */
static cstn_status make_words(cstn_vocabulary **out, cstn_error **error)
{
	cstn_vocabulary_builder *builder = NULL;
	cstn_status status = cstn_vocabulary_builder_new(NULL, &builder, error);

	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_add_purpose(
				builder, "planning", 8, NULL, 0, error);
	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_add_path(
				builder, "order.eta", 9, CSTN_CLASS_OPERATIONAL, error);
	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_add_path(
				builder, "order.price", 11, CSTN_CLASS_COMPETITIVE, error);
	if (status == CSTN_OK)
		status = cstn_vocabulary_builder_build(builder, out, error);
	cstn_vocabulary_builder_free(builder);
	return status;
}

/* [rules] */
static cstn_status add_parties(cstn_rules_builder *builder, int32_t relation, cstn_error **error)
{
	static const char *const parties[] = {"dairy", "grocer"};
	cstn_status status = CSTN_OK;

	for (int i = 0; i < 2 && status == CSTN_OK; i++) {
		status = cstn_rules_builder_add_membership(
				builder, PLACE, parties[i], NULL, 0, 0, INT64_MAX, error);
		if (status == CSTN_OK)
			status = cstn_rules_builder_add_relation(builder, PLACE, parties[i],
					parties[1 - i], relation, 0, INT64_MAX, error);
	}
	return status;
}

static cstn_status make_rules(
		cstn_term *term, int32_t relation, cstn_rules **out, cstn_error **error)
{
	cstn_constellation_rules place = CSTN_CONSTELLATION_RULES_INIT;
	cstn_rules_agreement agreement = CSTN_RULES_AGREEMENT_INIT;
	cstn_rules_builder *builder = NULL;
	cstn_vocabulary *words = NULL;
	cstn_status status = make_words(&words, error);

	place.constellation = PLACE;
	place.vocabulary = words;
	agreement.constellation = PLACE;
	agreement.provider = "dairy";
	agreement.recipient = "grocer";
	agreement.digest[0] = 1; /* of the signed agreement; see cstn_rules_builder_add_signed() */
	agreement.state = CSTN_AGREEMENT_ACTIVE;
	agreement.terms = &term;
	agreement.n_terms = 1;
	if (status == CSTN_OK)
		status = cstn_rules_builder_new(NULL, &builder, error);
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_constellation(builder, &place, error);
	if (status == CSTN_OK)
		status = add_parties(builder, relation, error);
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_agreement(builder, &agreement, error);
	if (status == CSTN_OK)
		status = cstn_rules_build(builder, out, error);
	cstn_rules_builder_free(builder);
	cstn_vocabulary_unref(words);
	return status;
}
/* [rules] */

static cstn_status show(const cstn_decision *decision, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < cstn_decision_count(decision) && status == CSTN_OK; i++) {
		cstn_decision_field field = {.struct_size = sizeof(field)};

		status = cstn_decision_field_at(decision, i, &field, error);
		if (status != CSTN_OK)
			return status;
		printf("  %-12s %s", field.path, cstn_decision_reason_name(field.reason));
		if (field.granularity)
			printf(", level %d", (int)field.granularity->level);
		if (field.granularity && field.granularity->contributors)
			printf(", %d companies in a cell", (int)field.granularity->contributors);
		printf("%s\n", field.flags & CSTN_DECISION_FIELD_NO_ONWARD ? ", not to be passed on"
									   : "");
	}
	return status;
}

/* [decide] */
static cstn_status ask(cstn_rules *rules, int64_t data_until_us, cstn_error **error)
{
	static const char *const paths[] = {"order.eta", "order.price"};
	cstn_request_options options = CSTN_REQUEST_OPTIONS_INIT;
	cstn_decision *decision = NULL;
	cstn_request *request = NULL;
	cstn_status status;

	options.flags = CSTN_REQUEST_DOWNGRADE_OK;
	options.constellation = PLACE;
	options.provider = "dairy";
	options.recipient = "grocer";
	options.purpose = "planning";
	options.action = CSTN_ACTION_READ;
	options.paths = paths;
	options.n_paths = 2;
	options.data_from_us = 1;
	options.data_until_us = data_until_us;
	options.now_us = 1000 * DAY;
	status = cstn_request_new(&options, NULL, &request, error);
	if (status == CSTN_OK)
		status = cstn_decide(rules, request, &decision, error);
	if (status == CSTN_OK)
		status = show(decision, error);
	cstn_decision_unref(decision);
	cstn_request_unref(request);
	return status;
}
/* [decide] */

static cstn_status run(cstn_error **error)
{
	static const int32_t relations[] = {CSTN_RELATION_PARTNER, CSTN_RELATION_COMPETITOR};
	cstn_term *term = NULL;
	cstn_status status = make_term(&term, error);

	for (int i = 0; i < 2 && status == CSTN_OK; i++) {
		cstn_rules *rules = NULL;

		status = make_rules(term, relations[i], &rules, error);
		for (int old = 0; old < 2 && status == CSTN_OK; old++) {
			printf("%s, data until %s\n", cstn_relation_name(relations[i]),
					old ? "90 days ago" : "yesterday");
			status = ask(rules, (old ? 910 : 999) * DAY, error);
		}
		cstn_rules_unref(rules);
	}
	cstn_term_unref(term);
	return status;
}

int main(void)
{
	cstn_error *error = NULL;
	cstn_status status = run(&error);

	if (status != CSTN_OK)
		printf("%s: %s\n", cstn_status_name(status), cstn_error_message(error));
	cstn_error_free(error);
	return status == CSTN_OK ? 0 : 1;
}
