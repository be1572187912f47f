#include "odrl_term.h"

#include <string.h>

#include "term_fixture.h"

void odrl_term_words(cstn_vocabulary_builder *builder)
{
	TERM_OK(cstn_vocabulary_builder_add_purpose(builder, "planning", 8, NULL, 0, &term_error));
	TERM_OK(cstn_vocabulary_builder_add_path(
			builder, "order.qty", 9, CSTN_CLASS_OPERATIONAL, &term_error));
}

cstn_term *odrl_term(cstn_constraint *constraint, int passed_on)
{
	cstn_term_builder *builder = term_begin();
	cstn_term_onward onward = CSTN_TERM_ONWARD_INIT;

	onward.to = CSTN_ONWARD_SAME_CONSTELLATION;
	onward.max_hops = 1;
	if (passed_on) {
		TERM_OK(cstn_term_builder_set_provider(builder, "beta", &term_error));
		TERM_OK(cstn_term_builder_set_recipient(builder, "gamma", &term_error));
	} else {
		TERM_OK(cstn_term_builder_set_onward(builder, &onward, &term_error));
	}
	TERM_OK(cstn_term_builder_set_constraint(builder, constraint, &term_error));
	return term_end(builder);
}

static cstn_rules *rules_of(cstn_term *term, cstn_vocabulary *vocabulary)
{
	const cstn_term_view *is = cstn_term_components(term);
	const char *const parties[] = {is->provider, is->recipient};
	cstn_constellation_rules place = CSTN_CONSTELLATION_RULES_INIT;
	cstn_rules_agreement agreement = CSTN_RULES_AGREEMENT_INIT;
	cstn_rules_builder *b = NULL;
	cstn_rules *out = NULL;

	TERM_OK(cstn_rules_builder_new(NULL, &b, &term_error));
	place.constellation = agreement.constellation = is->constellation;
	place.vocabulary = vocabulary;
	TERM_OK(cstn_rules_builder_add_constellation(b, &place, &term_error));
	for (int i = 0; i < 2; i++) {
		TERM_OK(cstn_rules_builder_add_membership(b, is->constellation, parties[i], NULL, 0,
				INT64_MIN, INT64_MAX, &term_error));
		TERM_OK(cstn_rules_builder_add_relation(b, is->constellation, parties[i],
				parties[1 - i], CSTN_RELATION_NEUTRAL, INT64_MIN, INT64_MAX,
				&term_error));
	}
	agreement.provider = is->provider;
	agreement.recipient = is->recipient;
	agreement.digest[0] = 1;
	agreement.state = CSTN_AGREEMENT_ACTIVE;
	agreement.terms = &term;
	agreement.n_terms = 1;
	TERM_OK(cstn_rules_builder_add_agreement(b, &agreement, &term_error));
	TERM_OK(cstn_rules_build(b, &out, &term_error));
	cstn_rules_builder_free(b);
	return out;
}

int odrl_term_permits(
		cstn_term *term, cstn_vocabulary *vocabulary, const cstn_fact *facts, size_t n)
{
	static const char *const path = "order.qty";
	const cstn_term_view *is = cstn_term_components(term);
	cstn_rules *rules = rules_of(term, vocabulary);
	cstn_request_options options = CSTN_REQUEST_OPTIONS_INIT;
	cstn_decision *decision = NULL;
	cstn_request *request = NULL;
	int permitted;

	options.constellation = is->constellation;
	options.provider = is->provider;
	options.recipient = is->recipient;
	options.purpose = "planning";
	options.action = CSTN_ACTION_READ;
	options.level = CSTN_LEVEL_EXISTENCE;
	options.paths = &path;
	options.n_paths = 1;
	options.facts = facts;
	options.n_facts = n;
	TERM_OK(cstn_request_new(&options, NULL, &request, &term_error));
	TERM_OK(cstn_decide(rules, request, &decision, &term_error));
	permitted = cstn_decision_is_permitted(decision);
	ck_assert_int_eq(cstn_decision_reason(decision),
			permitted ? CSTN_DECISION_PERMIT : CSTN_DECISION_NO_PERMIT);
	cstn_decision_unref(decision);
	cstn_request_unref(request);
	cstn_rules_unref(rules);
	return permitted;
}
