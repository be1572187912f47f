/* Offers and counter-offers, and agreements side by side: does any request fall under both?
 *
 * What a term asks of a request is a condition: its windows are conditions on now and on the age of
 * the data, beside its constraint. The rest are sets that meet or do not: parties, paths, purposes,
 * actions, times of data. Two terms meet if all of these do; one covers another if each of its sets
 * does. What a vocabulary does not know is UNKNOWN.
 *
 * Cost: O(fields^2 + purposes) and a comparison of constraints a pair of terms. */
#include <string.h>

#include "base/error.h"
#include "sharing/constraint.h"
#include "sharing/term.h"

static cstn_status put_leaf(const cstn_allocator *memory, cstn_constraint **at, size_t *n,
		const char *operand, int32_t type, int32_t operation, int64_t value,
		cstn_error **error)
{
	cstn_constraint_leaf leaf = CSTN_CONSTRAINT_LEAF_INIT;
	cstn_status status;

	leaf.operand = operand;
	leaf.operand_len = strlen(operand);
	leaf.operation = operation;
	leaf.type = type;
	leaf.numbers = &value;
	leaf.n_values = 1;
	status = cstn_constraint_new(&leaf, memory, at + *n, error);
	*n += status == CSTN_OK;
	return status;
}

/* All that a term asks of facts, as one constraint; NULL: nothing. */
static cstn_status condition_of(const cstn_term *term, const cstn_allocator *memory,
		cstn_constraint **out, cstn_error **error)
{
	const cstn_term_view *is = cstn_term_components(term);
	const cstn_term_data_window *data = is->data_window;
	cstn_constraint *parts[5] = {NULL};
	cstn_status status = CSTN_OK;
	size_t n = 0, i;

	*out = NULL;
	if (is->constraint)
		parts[n++] = cstn_constraint_ref((cstn_constraint *)(uintptr_t)is->constraint);
	if (is->valid_from_us > INT64_MIN)
		status = put_leaf(memory, parts, &n, "now", CSTN_OPERAND_INSTANT,
				CSTN_OPERATOR_GTEQ, is->valid_from_us, error);
	if (status == CSTN_OK && is->valid_until_us < INT64_MAX)
		status = put_leaf(memory, parts, &n, "now", CSTN_OPERAND_INSTANT, CSTN_OPERATOR_LT,
				is->valid_until_us, error);
	if (status == CSTN_OK && data->min_age_us > 0)
		status = put_leaf(memory, parts, &n, "data_age", CSTN_OPERAND_DURATION,
				CSTN_OPERATOR_GTEQ, data->min_age_us, error);
	if (status == CSTN_OK && data->max_age_us < INT64_MAX)
		status = put_leaf(memory, parts, &n, "data_age", CSTN_OPERAND_DURATION,
				CSTN_OPERATOR_LTEQ, data->max_age_us, error);
	if (status == CSTN_OK && n == 1)
		*out = cstn_constraint_ref(parts[0]);
	else if (status == CSTN_OK && n)
		status = cstn_constraint_combine(CSTN_CONSTRAINT_AND, parts, n, memory, out, error);
	for (i = 0; i < n; i++)
		cstn_constraint_unref(parts[i]);
	return status;
}

/* --- sets, as truths: do they meet, does the second cover the first? -------------------------- */

static int32_t least(int32_t a, int32_t b)
{
	return a < b ? a : b;
}

static int32_t truth(int holds)
{
	return holds ? CSTN_TRUTH_TRUE : CSTN_TRUTH_FALSE;
}

static int has(const char *const *list, size_t n, const char *text)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i], text) == 0)
			return 1;
	return 0;
}

/* Whether a party has one of some roles is not said in terms. */
static int32_t recipients(const cstn_term_view *a, const cstn_term_view *b, int covered)
{
	size_t i, common = 0;

	if (a->recipient && b->recipient)
		return truth(strcmp(a->recipient, b->recipient) == 0);
	if (a->recipient || b->recipient)
		return CSTN_TRUTH_UNKNOWN;
	for (i = 0; i < a->n_recipient_roles; i++)
		common += (size_t)has(
				b->recipient_roles, b->n_recipient_roles, a->recipient_roles[i]);
	if (common == (covered ? a->n_recipient_roles : common) && common)
		return CSTN_TRUTH_TRUE;
	return CSTN_TRUTH_UNKNOWN; /* one party may have several roles */
}

static int covers(const char *above, const char *path)
{
	return cstn_path_covers(above, strlen(above), path, strlen(path));
}

static int32_t fields(const cstn_term_view *a, const cstn_term_view *b, int covered)
{
	size_t found = 0, i, j;

	for (i = 0; i < a->n_fields; i++)
		for (j = 0; j < b->n_fields; j++)
			if (covers(b->fields[j], a->fields[i]) ||
					(!covered && covers(a->fields[i], b->fields[j]))) {
				found++;
				break;
			}
	return truth(covered ? found == a->n_fields : found > 0);
}

static int32_t purposes(const cstn_term_view *a, const cstn_term_view *b,
		const cstn_vocabulary *vocabulary, int covered)
{
	const cstn__interner *all = cstn__vocabulary_purposes(vocabulary);
	uint32_t one, other, i;

	if (strcmp(a->purpose, b->purpose) == 0)
		return CSTN_TRUTH_TRUE;
	one = cstn__interner_find(all, a->purpose, strlen(a->purpose));
	other = cstn__interner_find(all, b->purpose, strlen(b->purpose));
	if (one == UINT32_MAX || other == UINT32_MAX)
		return CSTN_TRUTH_UNKNOWN;
	if (covered)
		return truth(cstn__vocabulary_purpose_covers(vocabulary, other, one));
	for (i = 0; i < all->count; i++)
		if (cstn__vocabulary_purpose_covers(vocabulary, one, i) &&
				cstn__vocabulary_purpose_covers(vocabulary, other, i))
			return CSTN_TRUTH_TRUE;
	return CSTN_TRUTH_FALSE;
}

static int32_t times_of_data(const cstn_term_view *a, const cstn_term_view *b, int covered)
{
	const cstn_term_data_window *x = a->data_window, *y = b->data_window;

	if (covered)
		return truth(x->data_from_us >= y->data_from_us &&
				x->data_until_us <= y->data_until_us);
	return truth(x->data_from_us < y->data_until_us && y->data_from_us < x->data_until_us);
}

/* All sets together. */
static int32_t sets(const cstn_term_view *a, const cstn_term_view *b,
		const cstn_vocabulary *vocabulary, int covered)
{
	int32_t all = truth(
			strcmp(a->provider, b->provider) == 0 &&
			strcmp(a->constellation, b->constellation) == 0 &&
			(covered ? !(a->actions & ~b->actions) : (a->actions & b->actions) != 0));

	all = least(all, recipients(a, b, covered));
	all = least(all, fields(a, b, covered));
	all = least(all, purposes(a, b, vocabulary, covered));
	return least(all, times_of_data(a, b, covered));
}

/* --- two terms -------------------------------------------------------------------------------- */

/* Do requests fall under both (covered 0); do all of `a` fall under `b` (1)? *compared receives
 * what cstn_constraint_compare() says of their conditions. */
static cstn_status relate(const cstn_term *a, const cstn_term *b, const cstn_vocabulary *vocabulary,
		int covered, int32_t *out, int32_t *compared, cstn_error **error)
{
	int32_t all = sets(cstn_term_components(a), cstn_term_components(b), vocabulary, covered);
	int32_t holds = 0, unknown = 0;
	cstn_constraint *x = NULL, *y = NULL;
	cstn_status status = condition_of(a, cstn__vocabulary_allocator(vocabulary), &x, error);

	if (status == CSTN_OK)
		status = condition_of(b, cstn__vocabulary_allocator(vocabulary), &y, error);
	if (status == CSTN_OK && covered)
		status = cstn_constraint_is_implied(y, x, vocabulary, &holds, &unknown, error);
	else if (status == CSTN_OK)
		status = cstn_constraint_compare(x, y, vocabulary, compared, error);
	cstn_constraint_unref(x);
	cstn_constraint_unref(y);
	if (status != CSTN_OK)
		return status;
	if (!covered) {
		unknown = *compared == CSTN_COMPARE_UNKNOWN;
		holds = *compared != CSTN_COMPARE_CONFLICT;
	}
	*out = least(all, unknown ? CSTN_TRUTH_UNKNOWN : truth(holds));
	return CSTN_OK;
}

cstn_status cstn_terms_compare(const cstn_term *offer, const cstn_term *counter,
		const cstn_vocabulary *vocabulary, int32_t *verdict, cstn_error **error)
{
	int32_t both = CSTN_TRUTH_UNKNOWN, compared = CSTN_COMPARE_UNKNOWN;
	cstn_status status;

	if (!offer || !counter || !vocabulary || !verdict)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"offer, counter, vocabulary or verdict is NULL");
	status = relate(offer, counter, vocabulary, 0, &both, &compared, error);
	if (status != CSTN_OK)
		return status;
	if (cstn_term_components(offer)->effect != cstn_term_components(counter)->effect)
		both = CSTN_TRUTH_FALSE;
	if (both == CSTN_TRUTH_FALSE)
		*verdict = CSTN_COMPARE_CONFLICT;
	else
		*verdict = both == CSTN_TRUTH_UNKNOWN ? CSTN_COMPARE_UNKNOWN : compared;
	return CSTN_OK;
}

/* A permission of one side against a prohibition of the other. */
static cstn_status oppose(const cstn_term *permission, const cstn_term *prohibition,
		const cstn_vocabulary *vocabulary, int32_t *verdict, cstn_error **error)
{
	int32_t meet = CSTN_TRUTH_UNKNOWN, covered = CSTN_TRUTH_UNKNOWN, compared = 0;
	cstn_status status =
			relate(permission, prohibition, vocabulary, 0, &meet, &compared, error);

	if (status == CSTN_OK && meet != CSTN_TRUTH_FALSE)
		status = relate(permission, prohibition, vocabulary, 1, &covered, &compared, error);
	if (status != CSTN_OK)
		return status;
	if (meet == CSTN_TRUTH_FALSE)
		*verdict = CSTN_AGREEMENTS_NONE;
	else if (meet == CSTN_TRUTH_TRUE && covered == CSTN_TRUTH_TRUE)
		*verdict = CSTN_AGREEMENTS_CONFLICT;
	else if (meet == CSTN_TRUTH_TRUE && covered == CSTN_TRUTH_FALSE)
		*verdict = CSTN_AGREEMENTS_AMBIGUOUS;
	else
		*verdict = CSTN_AGREEMENTS_UNKNOWN;
	return CSTN_OK;
}

/* CONFLICT before UNKNOWN before AMBIGUOUS before NONE: the worst that is there, or may be. */
static int32_t worse(int32_t a, int32_t b)
{
	static const int rank[] = {2, 3, 1, 0}; /* by CSTN_AGREEMENTS_... */

	return rank[a] >= rank[b] ? a : b;
}

cstn_status cstn_agreements_compare(const cstn_term_set *a, const cstn_term_set *b,
		const cstn_vocabulary *vocabulary, int32_t *verdict, cstn_error **error)
{
	int32_t worst = CSTN_AGREEMENTS_NONE, one = CSTN_AGREEMENTS_NONE;
	cstn_status status = CSTN_OK;
	size_t i, j;

	if (!a || !b || !vocabulary || !verdict)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"a, b, vocabulary or verdict is NULL");
	for (i = 0; status == CSTN_OK && i < cstn_term_set_count(a); i++)
		for (j = 0; status == CSTN_OK && j < cstn_term_set_count(b); j++) {
			const cstn_term *x = cstn_term_set_at(a, i), *y = cstn_term_set_at(b, j);
			int32_t effect = cstn_term_components(x)->effect;

			if (effect == cstn_term_components(y)->effect)
				continue;
			status = effect == CSTN_EFFECT_PERMIT
						 ? oppose(x, y, vocabulary, &one, error)
						 : oppose(y, x, vocabulary, &one, error);
			worst = status == CSTN_OK ? worse(worst, one) : worst;
		}
	if (status == CSTN_OK)
		*verdict = worst;
	return status;
}
