/* The members of terms in JSON, in their canonical order, and the words that stand for numbers. */
#include <stdint.h>

#include "sharing/term.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MEMBER(what, type, field, kind, absent, words, part)              \
	{                                                                 \
		what, kind, offsetof(type, field), 0, absent, words, part \
	}
#define LIST(what, type, field, kind, part)                                                 \
	{                                                                                   \
		what, kind, offsetof(type, field), offsetof(type, n_##field), 0, NULL, part \
	}
#define NUMBER(type, field, absent) MEMBER(#field, type, field, CSTN__NUMBER, absent, NULL, NULL)
#define WORD(type, field, absent, words) \
	MEMBER(#field, type, field, CSTN__WORD, absent, words, NULL)
#define TEXT(type, field) MEMBER(#field, type, field, CSTN__TEXT, 0, NULL, NULL)
#define SHAPE(name, type, members, defaults) \
	const cstn__shape name = {sizeof(type), members, COUNT(members), defaults}

static const char *const effect_words[] = {"", "permit", "prohibit", NULL};
const char *const cstn__level_words[] = {
		"", "raw", "pseudonym", "generalised", "aggregated", "noised", "existence", NULL};
const char *const cstn__action_words[] = {
		"read", "write", "derive", "aggregate", "distribute", "sell", "give", NULL};
static const char *const onward_words[] = {"none", "list", "same_constellation", NULL};
static const char *const delivered_words[] = {"keep", "delete", "destroy_key", "return", NULL};
static const char *const revocation_words[] = {"", "provider", "recipient", "both", NULL};
static const char *const consideration_words[] = {
		"", "explicit_none", "money", "reciprocal", "service", "discount", NULL};
static const char *const gate_words[] = {"hard", "advise", NULL};
static const char *const phase_words[] = {"", "before", "ongoing", "after", NULL};
static const char *const due_words[] = {
		"none", "at", "after_start", "after_release", "after_end", "every", NULL};

/* --- parts ------------------------------------------------------------------------------------ */

static const cstn__member data_window_members[] = {
		NUMBER(cstn_term_data_window, data_from_us, INT64_MIN),
		NUMBER(cstn_term_data_window, data_until_us, INT64_MAX),
		NUMBER(cstn_term_data_window, max_age_us, INT64_MAX),
		NUMBER(cstn_term_data_window, min_age_us, 0),
};
static const cstn_term_data_window no_data_window = CSTN_TERM_DATA_WINDOW_INIT;
SHAPE(cstn__data_window_shape, cstn_term_data_window, data_window_members, &no_data_window);

static const cstn__member step_members[] = {
		TEXT(cstn_term_step, path),
		NUMBER(cstn_term_step, step, 0),
};
SHAPE(cstn__step_shape, cstn_term_step, step_members, NULL);

static const cstn__member granularity_members[] = {
		NUMBER(cstn_term_granularity, contributors, 0),
		NUMBER(cstn_term_granularity, epoch, 0),
		MEMBER("grid_bits", cstn_term_granularity, grid_bits, CSTN__COUNT, 0, NULL, NULL),
		NUMBER(cstn_term_granularity, k, 0),
		NUMBER(cstn_term_granularity, l, 0),
		WORD(cstn_term_granularity, level, -1, cstn__level_words),
		NUMBER(cstn_term_granularity, max_share_permille, 0),
		NUMBER(cstn_term_granularity, nano_epsilon, 0),
		NUMBER(cstn_term_granularity, sensitivity, 0),
		LIST("steps", cstn_term_granularity, steps, CSTN__PARTS, &cstn__step_shape),
		NUMBER(cstn_term_granularity, t_permille, 0),
		NUMBER(cstn_term_granularity, threshold, 0),
};
static const cstn_term_granularity existence = {sizeof(cstn_term_granularity), 0,
		CSTN_LEVEL_EXISTENCE, 0, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0};
SHAPE(cstn__granularity_shape, cstn_term_granularity, granularity_members, &existence);

static const cstn__member onward_members[] = {
		MEMBER("max_hops", cstn_term_onward, max_hops, CSTN__COUNT, 0, NULL, NULL),
		LIST("parties", cstn_term_onward, parties, CSTN__TEXTS, NULL),
		WORD(cstn_term_onward, to, CSTN_ONWARD_NONE, onward_words),
};
static const cstn_term_onward to_nobody = CSTN_TERM_ONWARD_INIT;
SHAPE(cstn__onward_shape, cstn_term_onward, onward_members, &to_nobody);

static const cstn__member retention_members[] = {
		NUMBER(cstn_term_retention, max_us, INT64_MAX),
		MEMBER("proof", cstn_term_retention, proof, CSTN__YES, 0, NULL, NULL),
		WORD(cstn_term_retention, then, CSTN_DELIVERED_KEEP, delivered_words),
};
static const cstn_term_retention without_limit = CSTN_TERM_RETENTION_INIT;
SHAPE(cstn__retention_shape, cstn_term_retention, retention_members, &without_limit);

static const cstn__member revocation_members[] = {
		WORD(cstn_term_revocation, by, CSTN_REVOCATION_BOTH, revocation_words),
		WORD(cstn_term_revocation, delivered, CSTN_DELIVERED_KEEP, delivered_words),
		NUMBER(cstn_term_revocation, notice_us, 0),
};
static const cstn_term_revocation by_both = {
		sizeof(cstn_term_revocation), 0, CSTN_REVOCATION_BOTH, CSTN_DELIVERED_KEEP, 0};
SHAPE(cstn__revocation_shape, cstn_term_revocation, revocation_members, &by_both);

static const cstn__member limits_members[] = {
		NUMBER(cstn_term_limits, calls, 0),
		NUMBER(cstn_term_limits, nano_epsilon, 0),
		NUMBER(cstn_term_limits, period_us, 0),
		NUMBER(cstn_term_limits, rows, 0),
		NUMBER(cstn_term_limits, rows_in_all, 0),
		NUMBER(cstn_term_limits, window_us, 0),
};
static const cstn_term_limits no_limits = CSTN_TERM_LIMITS_INIT;
SHAPE(cstn__limits_shape, cstn_term_limits, limits_members, &no_limits);

static const cstn__member consideration_members[] = {
		NUMBER(cstn_term_consideration, amount_minor, 0),
		MEMBER("basis_points", cstn_term_consideration, basis_points, CSTN__COUNT, 0, NULL,
				NULL),
		TEXT(cstn_term_consideration, currency),
		WORD(cstn_term_consideration, due, CSTN_DUE_NONE, due_words),
		NUMBER(cstn_term_consideration, due_us, 0),
		WORD(cstn_term_consideration, gate, CSTN_GATE_HARD, gate_words),
		NUMBER(cstn_term_consideration, grace_us, 0),
		WORD(cstn_term_consideration, kind, -1, consideration_words),
		NUMBER(cstn_term_consideration, max_staleness_us, 0),
		NUMBER(cstn_term_consideration, min_completeness_permille, 0),
		TEXT(cstn_term_consideration, service),
		MEMBER("term", cstn_term_consideration, term, CSTN__DIGEST, 0, NULL, NULL),
};
SHAPE(cstn__consideration_shape, cstn_term_consideration, consideration_members, NULL);

static const cstn__member duty_members[] = {
		TEXT(cstn_term_duty, action),
		MEMBER("consequence", cstn_term_duty, consequence, CSTN__PART, 0, NULL,
				&cstn__duty_shape),
		WORD(cstn_term_duty, due, CSTN_DUE_NONE, due_words),
		NUMBER(cstn_term_duty, due_us, 0),
		WORD(cstn_term_duty, phase, -1, phase_words),
};
SHAPE(cstn__duty_shape, cstn_term_duty, duty_members, NULL);

static const cstn__member document_members[] = {
		MEMBER("sha256", cstn_term_document, sha256, CSTN__DIGEST, 0, NULL, NULL),
		TEXT(cstn_term_document, title),
};
SHAPE(cstn__document_shape, cstn_term_document, document_members, NULL);

/* --- the whole -------------------------------------------------------------------------------- */

#define PART(what, field, shape) MEMBER(what, cstn_term_view, field, CSTN__PART, 0, NULL, shape)

static const cstn__member term_members[] = {
		MEMBER("actions", cstn_term_view, actions, CSTN__BITS, 0, cstn__action_words, NULL),
		LIST("consideration", cstn_term_view, considerations, CSTN__PARTS,
				&cstn__consideration_shape),
		TEXT(cstn_term_view, constellation),
		MEMBER("constraint", cstn_term_view, constraint_json, CSTN__RAW, 0, NULL, NULL),
		PART("data_window", data_window, &cstn__data_window_shape),
		MEMBER("dual_pair_acknowledged", cstn_term_view, flags, CSTN__FLAG,
				CSTN_TERM_DUAL_PAIR_ACKNOWLEDGED, NULL, NULL),
		LIST("duties", cstn_term_view, duties, CSTN__PARTS, &cstn__duty_shape),
		WORD(cstn_term_view, effect, -1, effect_words),
		LIST("fields", cstn_term_view, fields, CSTN__TEXTS, NULL),
		PART("granularity", granularity, &cstn__granularity_shape),
		TEXT(cstn_term_view, legal_basis),
		LIST("legal_text", cstn_term_view, documents, CSTN__PARTS, &cstn__document_shape),
		PART("limits", limits, &cstn__limits_shape),
		PART("onward", onward, &cstn__onward_shape),
		MEMBER("proof_of_content", cstn_term_view, flags, CSTN__FLAG,
				CSTN_TERM_PROOF_OF_CONTENT, NULL, NULL),
		TEXT(cstn_term_view, provider),
		TEXT(cstn_term_view, purpose),
		TEXT(cstn_term_view, recipient),
		LIST("recipient_roles", cstn_term_view, recipient_roles, CSTN__TEXTS, NULL),
		PART("retention", retention, &cstn__retention_shape),
		PART("revocation", revocation, &cstn__revocation_shape),
		MEMBER("small_kind_acknowledged", cstn_term_view, flags, CSTN__FLAG,
				CSTN_TERM_SMALL_KIND_ACKNOWLEDGED, NULL, NULL),
		NUMBER(cstn_term_view, valid_from_us, INT64_MIN),
		NUMBER(cstn_term_view, valid_until_us, INT64_MAX),
};
SHAPE(cstn__term_shape, cstn_term_view, term_members, NULL);

/* --- components ------------------------------------------------------------------------------- */

static const struct {
	const char *name, *member;
} components[] = {{"", ""}, {"effect", "effect"}, {"provider", "provider"},
		{"recipient", "recipient"}, {"constellation", "constellation"},
		{"fields", "fields"}, {"purpose", "purpose"}, {"actions", "actions"},
		{"access window", "valid_from_us"}, {"data window", "data_window"},
		{"granularity", "granularity"}, {"onward", "onward"}, {"retention", "retention"},
		{"revocation", "revocation"}, {"limits", "limits"},
		{"consideration", "consideration"}, {"duties", "duties"},
		{"constraint", "constraint"}, {"legal text", "legal_text"},
		{"legal basis", "legal_basis"}, {"flags", "dual_pair_acknowledged"}};

const char *cstn_term_component_name(int32_t component)
{
	return component > 0 && (size_t)component < COUNT(components) ? components[component].name
								      : "";
}

const char *cstn__term_member(int32_t component)
{
	return components[component].member;
}
