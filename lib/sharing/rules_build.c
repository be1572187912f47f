/* Rules, compiled: sorted, resolved, indexed.
 *
 * Rows of a table are sorted by an integer key of codes of names, and a map leads from the key to
 * the first of them. Terms are indexed by (provider, recipient, constellation) and path: a look-up
 * gives the few terms that speak of a field, prohibitions and permissions in the order of their
 * digests. Every order is that of what is said, not of how it came, so that equal rules decide
 * equally. Cost: O(n log n). */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "sharing/field_path.h"
#include "sharing/rules.h"
#include "sharing/vocabulary.h"

/* --- life ------------------------------------------------------------------------------------- */

static cstn__i64_map *const *maps_of(cstn_rules *rules, cstn__i64_map *out[9])
{
	out[0] = &rules->constellation_of;
	out[1] = &rules->members_of;
	out[2] = &rules->declarations_of;
	out[3] = &rules->places_of;
	out[4] = &rules->deliveries_of;
	out[5] = &rules->rivals_of;
	out[6] = &rules->pair_of;
	out[7] = &rules->match_of;
	out[8] = &rules->overrides_of;
	return out;
}

cstn_status cstn__rules_new(const cstn_allocator *allocator, cstn_rules **out, cstn_error **error)
{
	cstn_rules *rules = cstn__alloc_zero(allocator, sizeof(*rules));
	cstn__i64_map *maps[9];

	if (!rules)
		return cstn__fail_nomem(error);
	rules->allocator = *allocator;
	atomic_init(&rules->references, 1);
	cstn__interner_init(&rules->names, allocator, 0);
	cstn__interner_init(&rules->paths, allocator, 0);
	cstn__interner_init(&rules->digests, allocator, 0);
	maps_of(rules, maps);
	for (size_t i = 0; i < 9; i++)
		cstn__i64_map_init(maps[i], allocator, 0);
	*out = rules;
	return CSTN_OK;
}

cstn_rules *cstn_rules_ref(cstn_rules *rules)
{
	if (rules)
		atomic_fetch_add_explicit(&rules->references, 1, memory_order_relaxed);
	return rules;
}

/* What the compiler made goes; what was added stays. */
static void forget_indexes(cstn_rules *rules)
{
	cstn__i64_map *maps[9];

	maps_of(rules, maps);
	for (size_t i = 0; i < 9; i++)
		cstn__i64_map_free(maps[i]);
	cstn__array_free(&rules->allocator, &rules->matches);
	cstn__array_free(&rules->allocator, &rules->match_runs);
	cstn__array_free(&rules->allocator, &rules->pairs);
}

void cstn_rules_unref(cstn_rules *rules)
{
	cstn_allocator allocator;

	if (!rules || atomic_fetch_sub_explicit(&rules->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = rules->allocator;
	for (size_t i = 0; i < rules->rules.count; i++) {
		cstn_condition_unref(rules->rules.items[i].condition);
		cstn_term_unref(rules->rules.items[i].term);
	}
	for (size_t i = 0; i < rules->constellations.count; i++)
		cstn_vocabulary_unref(rules->constellations.items[i].vocabulary);
	forget_indexes(rules);
	cstn__array_free(&allocator, &rules->constellations);
	cstn__array_free(&allocator, &rules->members);
	cstn__array_free(&allocator, &rules->roles);
	cstn__array_free(&allocator, &rules->declarations);
	cstn__array_free(&allocator, &rules->places);
	cstn__array_free(&allocator, &rules->deliveries);
	cstn__array_free(&allocator, &rules->rivals);
	cstn__array_free(&allocator, &rules->overrides);
	cstn__array_free(&allocator, &rules->override_paths);
	cstn__array_free(&allocator, &rules->signers);
	cstn__array_free(&allocator, &rules->agreements);
	cstn__array_free(&allocator, &rules->rules);
	cstn__array_free(&allocator, &rules->duties);
	cstn__array_free(&allocator, &rules->considerations);
	cstn__array_free(&allocator, &rules->usages);
	cstn__interner_free(&rules->names);
	cstn__interner_free(&rules->paths);
	cstn__interner_free(&rules->digests);
	cstn__free(&allocator, rules, sizeof(*rules));
}

uint64_t cstn_rules_version(const cstn_rules *rules)
{
	return rules ? rules->version : 0;
}

/* --- orders ----------------------------------------------------------------------------------- */

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

/* Rows begin with their key; rows of one key may stand in any order, as all of them count. */
static int by_key(const void *a, const void *b, void *context)
{
	int64_t x, y;

	(void)context;
	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return ORDER(x, y);
}

static int by_agreement(const void *a, const void *b, void *context)
{
	const cstn__agreement *x = a, *y = b;

	(void)context;
	return x->key != y->key ? ORDER(x->key, y->key)
				: memcmp(x->digest, y->digest, CSTN__DIGEST_SIZE);
}

static int by_rule(const void *a, const void *b, void *context)
{
	const cstn__rule *x = a, *y = b;

	(void)context;
	return x->agreement != y->agreement ? ORDER(x->agreement, y->agreement)
					    : memcmp(x->digest, y->digest, CSTN__DIGEST_SIZE);
}

static int by_about(const void *a, const void *b, void *context)
{
	const cstn__about *x = a, *y = b;

	(void)context;
	return x->rule != y->rule ? ORDER(x->rule, y->rule) : ORDER(x->index, y->index);
}

/* --- maps ------------------------------------------------------------------------------------- */

/* Sort rows that begin with their key, and map each key to the first of its rows. */
static int index_rows(cstn__i64_map *map, void *rows, size_t n, size_t size)
{
	int64_t last = 0;

	cstn__sort(rows, n, size, by_key, NULL);
	for (size_t i = 0; i < n; i++) {
		int64_t key;

		memcpy(&key, (const uint8_t *)rows + i * size, sizeof(key));
		if ((i == 0 || key != last) &&
				cstn__i64_map_intern(map, key, (uint32_t)i) == UINT32_MAX)
			return -1;
		last = key;
	}
	return 0;
}
#define INDEX_ROWS(map, array) \
	index_rows((map), (array)->items, (array)->count, sizeof(*(array)->items))

static cstn_status index_parties(cstn_rules *rules, cstn_error **error)
{
	int failed = INDEX_ROWS(&rules->members_of, &rules->members) ||
		     INDEX_ROWS(&rules->declarations_of, &rules->declarations) ||
		     INDEX_ROWS(&rules->places_of, &rules->places) ||
		     INDEX_ROWS(&rules->deliveries_of, &rules->deliveries) ||
		     INDEX_ROWS(&rules->rivals_of, &rules->rivals) ||
		     INDEX_ROWS(&rules->overrides_of, &rules->overrides);

	for (size_t i = 0; i < rules->constellations.count && !failed; i++)
		failed = cstn__i64_map_intern(&rules->constellation_of,
					 rules->constellations.items[i].name,
					 (uint32_t)i) == UINT32_MAX;
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

/* --- agreements and their terms --------------------------------------------------------------- */

/* Where the agreement of a digest stands; UINT32_MAX. */
static uint32_t agreement_of(const cstn_rules *rules, const uint32_t *now_at, const uint8_t *digest)
{
	uint32_t place = cstn__interner_find(
			&rules->digests, (const char *)digest, CSTN__DIGEST_SIZE);

	return place == UINT32_MAX ? UINT32_MAX : now_at[place];
}

/* The term of a digest in an agreement; UINT32_MAX. */
static uint32_t rule_of(const cstn_rules *rules, uint32_t agreement, const uint8_t *digest)
{
	const cstn__agreement *in = &rules->agreements.items[agreement];

	for (uint32_t i = in->first_rule; i < in->first_rule + in->n_rules; i++)
		if (memcmp(rules->rules.items[i].digest, digest, CSTN__DIGEST_SIZE) == 0)
			return i;
	return UINT32_MAX;
}

/* Sort agreements and terms, which keep their ties; now_at[place] is where an agreement that was
 * added as number `place` stands. */
static void sort_agreements(cstn_rules *rules, uint32_t *now_at)
{
	cstn__agreement *list = rules->agreements.items;
	size_t n = rules->agreements.count;
	uint32_t i, j = 0;

	/* a failed build has sorted before: the terms know where their agreements stood then */
	for (i = 0; i < rules->rules.count; i++)
		rules->rules.items[i].agreement = list[rules->rules.items[i].agreement].place;
	cstn__sort(list, n, sizeof(*list), by_agreement, NULL);
	for (i = 0; i < n; i++)
		now_at[list[i].place] = i;
	for (i = 0; i < rules->rules.count; i++)
		rules->rules.items[i].agreement = now_at[rules->rules.items[i].agreement];
	cstn__sort(rules->rules.items, rules->rules.count, sizeof(*rules->rules.items), by_rule,
			NULL);
	for (i = 0; i < n; i++) {
		list[i].first_rule = j;
		while (j < rules->rules.count && rules->rules.items[j].agreement == i)
			j++;
		list[i].n_rules = j - list[i].first_rule;
	}
}

/* Parents of agreements and of terms; one that is not there leaves UINT32_MAX. */
static void find_parents(cstn_rules *rules, const uint32_t *now_at)
{
	for (size_t i = 0; i < rules->agreements.count; i++) {
		cstn__agreement *one = &rules->agreements.items[i];

		one->parent = one->has_parent ? agreement_of(rules, now_at, one->parent_digest)
					      : UINT32_MAX;
	}
	for (size_t i = 0; i < rules->rules.count; i++) {
		cstn__rule *rule = &rules->rules.items[i];
		uint32_t parent = rules->agreements.items[rule->agreement].parent;

		rule->parent = rule->has_parent && parent != UINT32_MAX
					       ? rule_of(rules, parent, rule->parent_digest)
					       : UINT32_MAX;
	}
}

static cstn_status compile_roles(cstn_rules *rules, cstn__rule *rule, cstn_error **error)
{
	const cstn_term_view *view = rule->view;

	rule->first_role = (uint32_t)rules->roles.count;
	rule->n_roles = 0;
	if (view->recipient)
		return CSTN_OK;
	if (cstn__array_reserve(&rules->allocator, &rules->roles, view->n_recipient_roles))
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < view->n_recipient_roles; i++) {
		uint32_t name = cstn__intern(&rules->names, view->recipient_roles[i],
				strlen(view->recipient_roles[i]));

		if (name == UINT32_MAX)
			return cstn__fail_nomem(error);
		rules->roles.items[rules->roles.count++] = name;
	}
	rule->n_roles = (uint32_t)view->n_recipient_roles;
	return CSTN_OK;
}

static cstn_status compile_rule(cstn_rules *rules, cstn__rule *rule, cstn_error **error)
{
	const cstn__agreement *in = &rules->agreements.items[rule->agreement];
	const cstn_term_view *view = rule->view;
	uint32_t place = cstn__i64_map_find(&rules->constellation_of, in->constellation);
	cstn_vocabulary *vocabulary;

	if (place == UINT32_MAX)
		return cstn__fail(error, CSTN_E_NOT_FOUND, "constellation '%s' was not added",
				view->constellation);
	vocabulary = rules->constellations.items[place].vocabulary;
	rule->prohibits = view->effect == CSTN_EFFECT_PROHIBIT;
	rule->actions = view->actions;
	rule->purpose = cstn__interner_find(cstn__vocabulary_purposes(vocabulary), view->purpose,
			strlen(view->purpose));
	if (rule->purpose == UINT32_MAX)
		return cstn__fail(error, CSTN_E_UNEVALUABLE,
				"purpose '%s' of a term is not one of constellation '%s'",
				view->purpose, view->constellation);
	if (view->constraint && !rule->condition) {
		cstn_status status = cstn_condition_compile(view->constraint, vocabulary,
				&rules->allocator, &rule->condition, error);

		if (status != CSTN_OK)
			return status;
		rule->asks_age = strstr(view->constraint_json, "\"data_age\"") != NULL;
	}
	return compile_roles(rules, rule, error);
}

/* --- what is said of terms -------------------------------------------------------------------- */

/* Rows that begin with a cstn__about: find their terms and sort them by term. */
static cstn_status resolve(const cstn_rules *rules, const uint32_t *now_at, void *rows, size_t n,
		size_t size, const char *what, cstn_error **error)
{
	for (size_t i = 0; i < n; i++) {
		cstn__about *about = (cstn__about *)(void *)((uint8_t *)rows + i * size);
		uint32_t agreement = agreement_of(rules, now_at, about->agreement);

		about->rule = agreement == UINT32_MAX ? UINT32_MAX
						      : rule_of(rules, agreement, about->term);
		if (about->rule == UINT32_MAX)
			return cstn__fail(error, CSTN_E_NOT_FOUND,
					"%s number %zu is of %s that was not added", what, i + 1,
					agreement == UINT32_MAX ? "an agreement" : "a term");
	}
	cstn__sort(rows, n, size, by_about, NULL);
	return CSTN_OK;
}
#define RESOLVE(rules, now_at, array, what, error)                                          \
	resolve((rules), (now_at), (array)->items, (array)->count, sizeof(*(array)->items), \
			(what), (error))

static cstn_status resolve_all(cstn_rules *rules, const uint32_t *now_at, cstn_error **error)
{
	cstn_status status = RESOLVE(rules, now_at, &rules->usages, "usage", error);

	if (status == CSTN_OK)
		status = RESOLVE(rules, now_at, &rules->duties, "duty", error);
	if (status == CSTN_OK)
		status = RESOLVE(rules, now_at, &rules->considerations, "consideration", error);
	if (status != CSTN_OK)
		return status;
	for (uint32_t i = 0; i < rules->rules.count; i++) {
		rules->rules.items[i].duties = (cstn__run){0, 0};
		rules->rules.items[i].considerations = (cstn__run){0, 0};
		rules->rules.items[i].usage = UINT32_MAX;
	}
	/* of several usages the last added one counts: their index is the order of adding */
	for (uint32_t i = 0; i < rules->usages.count; i++)
		rules->rules.items[rules->usages.items[i].about.rule].usage = i;
	for (uint32_t i = 0; i < rules->duties.count; i++) {
		cstn__run *run = &rules->rules.items[rules->duties.items[i].about.rule].duties;

		if (run->end != i || run->end == 0)
			run->first = i;
		run->end = i + 1;
	}
	for (uint32_t i = 0; i < rules->considerations.count; i++) {
		cstn__run *run = &rules->rules.items[rules->considerations.items[i].about.rule]
						  .considerations;

		if (run->end != i || run->end == 0)
			run->first = i;
		run->end = i + 1;
	}
	return CSTN_OK;
}

/* --- the index of paths ----------------------------------------------------------------------- */

/* That a rule of a pair speaks of a path. */
typedef struct match {
	int64_t key; /* pair, path */
	uint32_t rule;
} match;

static int by_match(const void *a, const void *b, void *context)
{
	const match *x = a, *y = b;
	const cstn__rule *list = context;
	int order = ORDER(x->key, y->key);

	if (!order)
		order = memcmp(list[x->rule].digest, list[y->rule].digest, CSTN__DIGEST_SIZE);
	return order ? order : ORDER(x->rule, y->rule);
}

/* Runs of agreements of the same two parties in a constellation. */
static int index_pairs(cstn_rules *rules)
{
	const cstn__agreement *list = rules->agreements.items;

	for (uint32_t i = 0; i < rules->agreements.count; i++) {
		if (i > 0 && list[i].key == list[i - 1].key) {
			rules->pairs.items[rules->pairs.count - 1].end = i + 1;
			continue;
		}
		if (cstn__array_reserve(&rules->allocator, &rules->pairs, 1) ||
				cstn__i64_map_intern(&rules->pair_of, list[i].key,
						(uint32_t)rules->pairs.count) == UINT32_MAX)
			return -1;
		rules->pairs.items[rules->pairs.count++] = (cstn__run){i, i + 1};
	}
	return 0;
}

static int fill_matches(cstn_rules *rules, match *out, size_t n)
{
	size_t filled = 0;

	for (uint32_t pair = 0; pair < rules->pairs.count; pair++)
		for (uint32_t a = rules->pairs.items[pair].first; a < rules->pairs.items[pair].end;
				a++) {
			const cstn__agreement *in = &rules->agreements.items[a];

			for (uint32_t i = in->first_rule; i < in->first_rule + in->n_rules; i++) {
				const cstn_term_view *view = rules->rules.items[i].view;

				for (size_t j = 0; j < view->n_fields; j++) {
					uint32_t path = cstn__intern(&rules->paths, view->fields[j],
							strlen(view->fields[j]));

					if (path == UINT32_MAX)
						return -1;
					out[filled].key = (int64_t)pair << 32 | path;
					out[filled++].rule = i;
				}
			}
		}
	assert(filled == n);
	cstn__sort(out, n, sizeof(*out), by_match, rules->rules.items);
	return 0;
}

static int store_matches(cstn_rules *rules, const match *list, size_t n)
{
	if (cstn__array_reserve(&rules->allocator, &rules->matches, n))
		return -1;
	for (size_t i = 0; i < n; i++) {
		rules->matches.items[i] = list[i].rule;
		if (i > 0 && list[i].key == list[i - 1].key) {
			rules->match_runs.items[rules->match_runs.count - 1].end = (uint32_t)i + 1;
			continue;
		}
		if (cstn__array_reserve(&rules->allocator, &rules->match_runs, 1) ||
				cstn__i64_map_intern(&rules->match_of, list[i].key,
						(uint32_t)rules->match_runs.count) == UINT32_MAX)
			return -1;
		rules->match_runs.items[rules->match_runs.count++] =
				(cstn__run){(uint32_t)i, (uint32_t)i + 1};
	}
	rules->matches.count = n;
	return 0;
}

static cstn_status index_paths(cstn_rules *rules, cstn_error **error)
{
	size_t n = 0;
	match *list;
	int failed;

	for (size_t i = 0; i < rules->rules.count; i++)
		n += rules->rules.items[i].view->n_fields;
	if (n >= UINT32_MAX)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu fields of terms are too many", n);
	list = cstn__alloc(&rules->allocator, cstn__array_size(n, sizeof(*list)));
	if (!list)
		return cstn__fail_nomem(error);
	failed = index_pairs(rules) || fill_matches(rules, list, n) ||
		 store_matches(rules, list, n);
	cstn__free(&rules->allocator, list, n * sizeof(*list));
	return failed ? cstn__fail_nomem(error) : CSTN_OK;
}

/* --- all of it -------------------------------------------------------------------------------- */

static cstn_status compile(cstn_rules *rules, uint32_t *now_at, cstn_error **error)
{
	cstn_status status = index_parties(rules, error);

	sort_agreements(rules, now_at);
	find_parents(rules, now_at);
	for (size_t i = 0; i < rules->rules.count && status == CSTN_OK; i++)
		status = compile_rule(rules, &rules->rules.items[i], error);
	if (status == CSTN_OK)
		status = resolve_all(rules, now_at, error);
	if (status == CSTN_OK)
		status = index_paths(rules, error);
	return status;
}

cstn_status cstn__rules_compile(cstn_rules *rules, cstn_error **error)
{
	size_t n = rules->agreements.count, roles = rules->roles.count;
	uint32_t *now_at = cstn__alloc(&rules->allocator, cstn__array_size(n, sizeof(*now_at)));
	cstn_status status;

	if (!now_at)
		return cstn__fail_nomem(error);
	status = compile(rules, now_at, error);
	cstn__free(&rules->allocator, now_at, n * sizeof(*now_at));
	if (status != CSTN_OK) {
		forget_indexes(rules);
		rules->roles.count = roles;
	}
	return status;
}
