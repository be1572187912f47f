/* Flow-down: is a term that passes data on nowhere wider than the term that the data came under?
 *
 * A table of components, each with its own order; all must hold. Together they are a partial order:
 * equal terms are within each other by definition, and no others are, as each step takes a hop
 * away. That a chain of steps is within its first term (transitivity) asks that the provider of a
 * derived term be anybody whom the parent lets have the data: its recipient, or one behind it to
 * whom it may be passed on. Who derives from whom is looked at when an agreement becomes active.
 *
 * Cost: O(fields log fields + fields x steps + duties^2), and the constraint's implication. */
#include <string.h>

#include "base/error.h"
#include "sharing/field_path.h"
#include "sharing/term.h"

/* What the comparison of two components sees. */
typedef struct pair {
	const cstn_term_view *derived, *parent;
	const cstn_vocabulary *vocabulary; /* NULL: nothing is known of purposes and operands */
} pair;

static int same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static int effect_is_within(const pair *of)
{
	return of->derived->effect == CSTN_EFFECT_PERMIT &&
	       of->parent->effect == CSTN_EFFECT_PERMIT;
}

/* May data under the parent reach this party by being passed on? */
static int may_reach(const cstn_term_view *parent, const char *party)
{
	const cstn_term_onward *onward = parent->onward;

	if (onward->to == CSTN_ONWARD_LIST)
		return party && cstn__texts_have(onward->parties, onward->n_parties, party);
	return onward->to == CSTN_ONWARD_SAME_CONSTELLATION;
}

static int provider_is_within(const pair *of)
{
	return !of->parent->recipient ||
	       strcmp(of->derived->provider, of->parent->recipient) == 0 ||
	       may_reach(of->parent, of->derived->provider);
}

/* Onward NONE is no matter of the recipient: it fails as onward. */
static int recipient_is_within(const pair *of)
{
	return of->parent->onward->to == CSTN_ONWARD_NONE ||
	       may_reach(of->parent, of->derived->recipient);
}

static int constellation_is_within(const pair *of)
{
	return strcmp(of->derived->constellation, of->parent->constellation) == 0;
}

/* Fields are sorted: the path is there, or its star. */
static int covers_field(const cstn_term_view *view, const char *path)
{
	char star[CSTN_PATH_MOST + 2];

	star[cstn__path_star(path, strlen(path), star)] = '\0';
	return cstn__texts_have(view->fields, view->n_fields, path) ||
	       cstn__texts_have(view->fields, view->n_fields, star);
}

static int fields_are_within(const pair *of)
{
	for (size_t i = 0; i < of->derived->n_fields; i++)
		if (!covers_field(of->parent, of->derived->fields[i]))
			return 0;
	return 1;
}

static int purpose_is_within(const pair *of)
{
	const char *above = of->parent->purpose, *purpose = of->derived->purpose;

	return strcmp(above, purpose) == 0 ||
	       (of->vocabulary && cstn_vocabulary_covers(of->vocabulary, above, strlen(above),
						  purpose, strlen(purpose)));
}

static int actions_are_within(const pair *of)
{
	return !(of->derived->actions & ~of->parent->actions);
}

static int access_window_is_within(const pair *of)
{
	return of->derived->valid_from_us >= of->parent->valid_from_us &&
	       of->derived->valid_until_us <= of->parent->valid_until_us;
}

static int data_window_is_within(const pair *of)
{
	const cstn_term_data_window *d = of->derived->data_window, *p = of->parent->data_window;

	return d->data_from_us >= p->data_from_us && d->data_until_us <= p->data_until_us &&
	       d->min_age_us >= p->min_age_us && d->max_age_us <= p->max_age_us;
}

/* --- granularity ------------------------------------------------------------------------------ */

/* The step of a path: its own, that of its noun's star, or 1. */
static int64_t step_of(const cstn_term_granularity *is, const char *path)
{
	size_t len = strlen(path);
	int64_t step = 1;

	for (size_t i = 0; i < is->n_steps; i++) {
		const char *named = is->steps[i]->path;

		if (strcmp(named, path) == 0)
			return is->steps[i]->step;
		if (cstn_path_covers(named, strlen(named), path, len))
			step = is->steps[i]->step;
	}
	return step;
}

/* Are the steps of all paths below `field` that either names as coarse? */
static int named_steps_are_within(
		const pair *of, const cstn_term_granularity *names, const char *field)
{
	for (size_t i = 0; i < names->n_steps; i++) {
		const char *path = names->steps[i]->path;

		if (cstn_path_covers(field, strlen(field), path, strlen(path)) &&
				step_of(of->derived->granularity, path) <
						step_of(of->parent->granularity, path))
			return 0;
	}
	return 1;
}

static int steps_are_within(const pair *of)
{
	for (size_t i = 0; i < of->derived->n_fields; i++) {
		const char *field = of->derived->fields[i];

		if (step_of(of->derived->granularity, field) <
						step_of(of->parent->granularity, field) ||
				!named_steps_are_within(of, of->derived->granularity, field) ||
				!named_steps_are_within(of, of->parent->granularity, field))
			return 0;
	}
	return 1;
}

static int granularity_is_within(const pair *of)
{
	const cstn_term_granularity *d = of->derived->granularity, *p = of->parent->granularity;

	if (d->level != p->level)
		return d->level > p->level;
	switch (d->level) {
	case CSTN_LEVEL_PSEUDONYM:
		return d->epoch == p->epoch;
	case CSTN_LEVEL_GENERALISED:
		return steps_are_within(of);
	case CSTN_LEVEL_AGGREGATED:
		return d->k >= p->k && d->l >= p->l && d->contributors >= p->contributors &&
		       d->t_permille <= p->t_permille &&
		       d->max_share_permille <= p->max_share_permille;
	case CSTN_LEVEL_NOISED:
		return d->nano_epsilon <= p->nano_epsilon && d->sensitivity == p->sensitivity &&
		       d->grid_bits == p->grid_bits;
	case CSTN_LEVEL_EXISTENCE:
		return d->threshold >= p->threshold;
	default:
		return 1;
	}
}

/* --- what becomes of the data ----------------------------------------------------------------- */

static int onward_is_within(const pair *of)
{
	const cstn_term_onward *d = of->derived->onward, *p = of->parent->onward;

	if (p->to == CSTN_ONWARD_NONE || d->to > p->to || d->max_hops > p->max_hops - 1)
		return 0;
	if (d->to == CSTN_ONWARD_LIST && p->to == CSTN_ONWARD_LIST)
		for (size_t i = 0; i < d->n_parties; i++)
			if (!cstn__texts_have(p->parties, p->n_parties, d->parties[i]))
				return 0;
	return 1;
}

/* Of two ends of data: same or stricter. To return and to destroy the key are stricter than to
 * delete, each in its own way. */
static int end_is_within(int32_t derived, int32_t parent)
{
	return derived == parent || parent == CSTN_DELIVERED_KEEP ||
	       (parent == CSTN_DELIVERED_DELETE && derived > CSTN_DELIVERED_DELETE);
}

static int retention_is_within(const pair *of)
{
	const cstn_term_retention *d = of->derived->retention, *p = of->parent->retention;

	return d->max_us <= p->max_us && end_is_within(d->then, p->then) && d->proof >= p->proof;
}

static int revocation_is_within(const pair *of)
{
	const cstn_term_revocation *d = of->derived->revocation, *p = of->parent->revocation;

	return !(p->by & ~d->by & CSTN_REVOCATION_PROVIDER) && d->notice_us <= p->notice_us &&
	       end_is_within(d->delivered, p->delivered);
}

/* A limit per window; 0 is none. Windows begin at their multiples, so a window of the parent lies
 * inside one of the derived term's only if that is a multiple of it. */
static int limit_is_within(int64_t derived, int64_t parent, int64_t window, int64_t parent_window)
{
	if (parent == 0)
		return 1;
	return derived > 0 && derived <= parent &&
	       (parent_window == 0 || window % parent_window == 0);
}

static int limits_are_within(const pair *of)
{
	const cstn_term_limits *d = of->derived->limits, *p = of->parent->limits;

	return limit_is_within(d->calls, p->calls, d->window_us, p->window_us) &&
	       limit_is_within(d->rows, p->rows, d->window_us, p->window_us) &&
	       limit_is_within(d->rows_in_all, p->rows_in_all, 0, 0) &&
	       limit_is_within(d->nano_epsilon, p->nano_epsilon, d->period_us, p->period_us);
}

/* --- duties, conditions, words ---------------------------------------------------------------- */

/* Does a duty ask for another, no later? */
static int repeats_duty(const cstn_term_duty *d, const cstn_term_duty *p)
{
	for (; p; d = d->consequence, p = p->consequence) {
		if (!d || d->phase != p->phase || strcmp(d->action, p->action) != 0)
			return 0;
		if (p->due != CSTN_DUE_NONE && (d->due != p->due || d->due_us > p->due_us))
			return 0;
	}
	return 1;
}

static int duties_are_within(const pair *of)
{
	for (size_t i = 0; i < of->parent->n_duties; i++) {
		size_t j = 0;

		while (j < of->derived->n_duties &&
				!repeats_duty(of->derived->duties[j], of->parent->duties[i]))
			j++;
		if (j == of->derived->n_duties)
			return 0;
	}
	return 1;
}

static int documents_are_within(const pair *of)
{
	for (size_t i = 0; i < of->parent->n_documents; i++) {
		const cstn_term_document *p = of->parent->documents[i];
		size_t j = 0;

		while (j < of->derived->n_documents &&
				(memcmp(of->derived->documents[j]->sha256, p->sha256,
						 sizeof(p->sha256)) != 0 ||
						strcmp(of->derived->documents[j]->title,
								p->title) != 0))
			j++;
		if (j == of->derived->n_documents)
			return 0;
	}
	return 1;
}

static int legal_basis_is_within(const pair *of)
{
	return !of->derived->legal_basis ||
	       same_text(of->derived->legal_basis, of->parent->legal_basis);
}

static int flags_are_within(const pair *of)
{
	uint32_t d = of->derived->flags, p = of->parent->flags;

	return !(d & ~p & (CSTN_TERM_DUAL_PAIR_ACKNOWLEDGED | CSTN_TERM_SMALL_KIND_ACKNOWLEDGED)) &&
	       !(p & ~d & CSTN_TERM_PROOF_OF_CONTENT);
}

static int consideration_is_within(const pair *of)
{
	(void)of; /* the deriver's own bargain */
	return 1;
}

/* UNKNOWN is not within. */
static cstn_status constraint_is_within(const pair *of, int32_t *within, cstn_error **error)
{
	const cstn_term_view *d = of->derived, *p = of->parent;

	*within = !p->constraint || same_text(d->constraint_json, p->constraint_json);
	if (*within || !of->vocabulary)
		return CSTN_OK;
	return cstn_constraint_is_implied(
			p->constraint, d->constraint, of->vocabulary, within, NULL, error);
}

/* --- the whole -------------------------------------------------------------------------------- */

static const struct {
	int32_t component;
	int (*is_within)(const pair *of);
} orders[] = {{CSTN_TERM_EFFECT, effect_is_within}, {CSTN_TERM_PROVIDER, provider_is_within},
		{CSTN_TERM_RECIPIENT, recipient_is_within},
		{CSTN_TERM_CONSTELLATION, constellation_is_within},
		{CSTN_TERM_FIELDS, fields_are_within}, {CSTN_TERM_PURPOSE, purpose_is_within},
		{CSTN_TERM_ACTIONS, actions_are_within},
		{CSTN_TERM_ACCESS_WINDOW, access_window_is_within},
		{CSTN_TERM_DATA_WINDOW, data_window_is_within},
		{CSTN_TERM_GRANULARITY, granularity_is_within},
		{CSTN_TERM_ONWARD, onward_is_within}, {CSTN_TERM_RETENTION, retention_is_within},
		{CSTN_TERM_REVOCATION, revocation_is_within}, {CSTN_TERM_LIMITS, limits_are_within},
		{CSTN_TERM_CONSIDERATION, consideration_is_within},
		{CSTN_TERM_DUTIES, duties_are_within},
		{CSTN_TERM_CONSTRAINT, NULL}, /* may run out of memory */
		{CSTN_TERM_LEGAL_TEXT, documents_are_within},
		{CSTN_TERM_LEGAL_BASIS, legal_basis_is_within},
		{CSTN_TERM_FLAGS, flags_are_within}};

/* The first component that fails; 0: none does. */
static cstn_status first_failure(const pair *of, int32_t *component, cstn_error **error)
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		cstn_status status = CSTN_OK;
		int32_t within = 0;

		if (orders[i].is_within)
			within = orders[i].is_within(of);
		else
			status = constraint_is_within(of, &within, error);
		if (status != CSTN_OK)
			return status;
		if (!within) {
			*component = orders[i].component;
			return CSTN_OK;
		}
	}
	*component = 0;
	return CSTN_OK;
}

cstn_status cstn_term_is_within(const cstn_term *derived, const cstn_term *parent,
		const cstn_vocabulary *vocabulary, int32_t *within, int32_t *component,
		cstn_error **error)
{
	int32_t failed = 0;
	cstn_status status = CSTN_OK;

	if (!derived || !parent || !within)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a term or within is NULL");
	if (memcmp(derived->digest, parent->digest, sizeof(derived->digest)) != 0) {
		pair of = {derived->view, parent->view, vocabulary};

		status = first_failure(&of, &failed, error);
	}
	if (status != CSTN_OK)
		return status;
	*within = failed == 0;
	if (component)
		*component = failed;
	return CSTN_OK;
}

/* --- sets ------------------------------------------------------------------------------------- */

static int same_recipient(const cstn_term_view *a, const cstn_term_view *b)
{
	if (!same_text(a->recipient, b->recipient) || a->n_recipient_roles != b->n_recipient_roles)
		return 0;
	for (size_t i = 0; i < a->n_recipient_roles; i++)
		if (strcmp(a->recipient_roles[i], b->recipient_roles[i]) != 0)
			return 0;
	return 1;
}

/* Does a prohibition forbid at least what another one does? */
static cstn_status forbids(const cstn_term_view *mine, const cstn_term_view *theirs,
		const cstn_vocabulary *vocabulary, int32_t *out, cstn_error **error)
{
	pair of = {theirs, mine, vocabulary};

	*out = mine->effect == CSTN_EFFECT_PROHIBIT && constellation_is_within(&of) &&
	       fields_are_within(&of) && purpose_is_within(&of) && actions_are_within(&of) &&
	       access_window_is_within(&of) && data_window_is_within(&of);
	return *out ? constraint_is_within(&of, out, error) : CSTN_OK;
}

/* Is a prohibition of the parent repeated for the recipient of a permission? */
static cstn_status is_repeated(const cstn_term_set *derived, const cstn_term_view *permission,
		const cstn_term_view *prohibition, const cstn_vocabulary *vocabulary,
		int32_t *repeated, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	*repeated = 0;
	for (size_t i = 0; i < cstn_term_set_count(derived) && !*repeated && status == CSTN_OK;
			i++) {
		const cstn_term_view *view = cstn_term_set_at(derived, i)->view;

		if (same_recipient(view, permission))
			status = forbids(view, prohibition, vocabulary, repeated, error);
	}
	return status;
}

/* The component that fails of a permission against all of the parent: of the parent's permissions,
 * the one that holds longest counts. */
static cstn_status permission_is_within(const cstn_term_set *derived, const cstn_term *permission,
		const cstn_term_set *parent, const cstn_vocabulary *vocabulary, int32_t *component,
		cstn_error **error)
{
	cstn_status status = CSTN_OK;
	int32_t within = 0, failed, furthest = CSTN_TERM_EFFECT;

	for (size_t i = 0; i < cstn_term_set_count(parent) && !within && status == CSTN_OK; i++) {
		status = cstn_term_is_within(permission, cstn_term_set_at(parent, i), vocabulary,
				&within, &failed, error);
		if (status == CSTN_OK && !within && failed > furthest)
			furthest = failed;
	}
	*component = within ? 0 : furthest;
	for (size_t i = 0; i < cstn_term_set_count(parent) && within && status == CSTN_OK; i++) {
		const cstn_term_view *view = cstn_term_set_at(parent, i)->view;

		if (view->effect == CSTN_EFFECT_PROHIBIT)
			status = is_repeated(derived, permission->view, view, vocabulary, &within,
					error);
		if (!within)
			*component = CSTN_TERM_EFFECT;
	}
	return status;
}

cstn_status cstn_term_set_is_within(const cstn_term_set *derived, const cstn_term_set *parent,
		const cstn_vocabulary *vocabulary, int32_t *within, size_t *index,
		int32_t *component, cstn_error **error)
{
	size_t n = cstn_term_set_count(derived), at = 0;
	cstn_status status = CSTN_OK;
	int32_t failed = 0;

	if (!derived || !parent || !within)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a set or within is NULL");
	for (size_t i = 0; i < n && failed == 0 && status == CSTN_OK; i++) {
		const cstn_term *term = cstn_term_set_at(derived, i);

		at = i;
		if (term->view->effect == CSTN_EFFECT_PERMIT)
			status = permission_is_within(
					derived, term, parent, vocabulary, &failed, error);
	}
	if (status != CSTN_OK)
		return status;
	*within = failed == 0;
	if (index)
		*index = failed ? at : n;
	if (component)
		*component = failed;
	return CSTN_OK;
}
