#include "release_grants.h"

#include <string.h>

#include "term_fixture.h"

#define MOST 16

typedef struct world {
	const char *constellation, *recipient, *purpose;
	const char *paths[MOST + 1];
	cstn_term *terms[MOST];
	size_t n, n_paths;
} world;

release_grant release_grant_of(const char *path, int32_t level)
{
	release_grant out = {path, CSTN_TERM_GRANULARITY_INIT};

	out.granularity.level = level;
	if (level == CSTN_LEVEL_NOISED)
		out.granularity.sensitivity = out.granularity.nano_epsilon = 1;
	return out;
}

static cstn_term *term_of(const world *in, const release_grant *grant)
{
	cstn_term_consideration gift = CSTN_TERM_CONSIDERATION_INIT;
	cstn_term_builder *b;
	cstn_term *out;

	gift.kind = CSTN_CONSIDERATION_EXPLICIT_NONE;
	TERM_OK(cstn_term_builder_new(NULL, &b, &term_error));
	TERM_OK(cstn_term_builder_set_provider(b, "maker", &term_error));
	TERM_OK(cstn_term_builder_set_recipient(b, in->recipient, &term_error));
	TERM_OK(cstn_term_builder_set_constellation(b, in->constellation, &term_error));
	TERM_OK(cstn_term_builder_add_field(b, grant->path, &term_error));
	TERM_OK(cstn_term_builder_set_purpose(b, in->purpose, &term_error));
	TERM_OK(cstn_term_builder_set_actions(b, CSTN_ACTION_READ, &term_error));
	TERM_OK(cstn_term_builder_set_granularity(b, &grant->granularity, &term_error));
	TERM_OK(cstn_term_builder_add_consideration(b, &gift, &term_error));
	TERM_OK(cstn_term_builder_build(b, &out, &term_error));
	cstn_term_builder_free(b);
	return out;
}

static cstn_vocabulary *vocabulary_of(const world *in)
{
	cstn_vocabulary_builder *b;
	cstn_vocabulary *out;

	TERM_OK(cstn_vocabulary_builder_new(NULL, &b, &term_error));
	TERM_OK(cstn_vocabulary_builder_add_purpose(
			b, in->purpose, strlen(in->purpose), NULL, 0, &term_error));
	for (size_t i = 0; i < in->n_paths; i++)
		TERM_OK(cstn_vocabulary_builder_add_path(b, in->paths[i], strlen(in->paths[i]),
				CSTN_CLASS_OPERATIONAL, &term_error));
	TERM_OK(cstn_vocabulary_builder_build(b, &out, &term_error));
	cstn_vocabulary_builder_free(b);
	return out;
}

static cstn_rules *rules_of(const world *in)
{
	cstn_constellation_rules place = CSTN_CONSTELLATION_RULES_INIT;
	cstn_rules_agreement row = CSTN_RULES_AGREEMENT_INIT;
	const char *const parties[] = {"maker", in->recipient};
	cstn_vocabulary *vocabulary = vocabulary_of(in);
	cstn_rules_builder *b;
	cstn_rules *out;

	place.constellation = in->constellation;
	place.vocabulary = vocabulary;
	TERM_OK(cstn_rules_builder_new(NULL, &b, &term_error));
	TERM_OK(cstn_rules_builder_add_constellation(b, &place, &term_error));
	cstn_vocabulary_unref(vocabulary);
	for (int i = 0; i < 2; i++) {
		TERM_OK(cstn_rules_builder_add_membership(b, in->constellation, parties[i], NULL, 0,
				0, INT64_MAX, &term_error));
		TERM_OK(cstn_rules_builder_add_relation(b, in->constellation, parties[i],
				parties[1 - i], CSTN_RELATION_PARTNER, 0, INT64_MAX, &term_error));
	}
	row.constellation = in->constellation;
	row.provider = "maker";
	row.recipient = in->recipient;
	row.digest[0] = 1;
	row.state = CSTN_AGREEMENT_ACTIVE;
	row.terms = in->terms;
	row.n_terms = in->n;
	TERM_OK(cstn_rules_builder_add_agreement(b, &row, &term_error));
	TERM_OK(cstn_rules_build(b, &out, &term_error));
	cstn_rules_builder_free(b);
	return out;
}

static cstn_request *request_of(const world *in, const release_asking *asking)
{
	cstn_request_options options = CSTN_REQUEST_OPTIONS_INIT;
	cstn_request *out;

	options.flags = CSTN_REQUEST_DOWNGRADE_OK;
	options.constellation = in->constellation;
	options.provider = "maker";
	options.recipient = in->recipient;
	options.purpose = in->purpose;
	options.action = CSTN_ACTION_READ;
	options.paths = in->paths;
	options.n_paths = in->n_paths;
	options.now_us = RELEASE_NOW;
	if (asking) {
		options.data_from_us = asking->data_from_us;
		options.data_until_us = asking->data_until_us;
		options.nano_epsilon = asking->nano_epsilon;
	}
	TERM_OK(cstn_request_new(&options, NULL, &out, &term_error));
	return out;
}

cstn_decision *release_decide(const release_grant *grants, const release_asking *asking)
{
	world in = {"c1", "shop", "planning", {NULL}, {NULL}, 0, 0};
	cstn_decision *out;
	cstn_request *request;
	cstn_rules *rules;

	if (asking && asking->constellation)
		in.constellation = asking->constellation;
	if (asking && asking->recipient)
		in.recipient = asking->recipient;
	if (asking && asking->purpose)
		in.purpose = asking->purpose;
	for (; grants[in.n].path; in.n++) {
		ck_assert_uint_lt(in.n, MOST);
		in.paths[in.n_paths++] = grants[in.n].path;
		in.terms[in.n] = term_of(&in, &grants[in.n]);
	}
	if (asking && asking->denied)
		in.paths[in.n_paths++] = asking->denied;
	rules = rules_of(&in);
	request = request_of(&in, asking);
	TERM_OK(cstn_decide(rules, request, &out, &term_error));
	cstn_request_unref(request);
	cstn_rules_unref(rules);
	for (size_t i = 0; i < in.n; i++)
		cstn_term_unref(in.terms[i]);
	for (size_t i = 0; i < cstn_decision_count(out); i++) {
		cstn_decision_field field = {.struct_size = sizeof(field)};
		int denied = 0;

		TERM_OK(cstn_decision_field_at(out, i, &field, &term_error));
		denied = asking && asking->denied && strcmp(field.path, asking->denied) == 0;
		ck_assert_msg((field.reason == CSTN_DECISION_PERMIT) == !denied, "%s: %s",
				field.path, cstn_decision_reason_name(field.reason));
	}
	return out;
}
