/* One signal model added to another: series of different keys.
 *
 * What pools know has moved series: two models fit together only if their pools know the same. Keys
 * and pools are named first, and their room made; when the first state is copied nothing can fail
 * any more. O(what `from` holds). */
#include <string.h>

#include "base/error.h"
#include "base/states.h"
#include "demand/online.h"

typedef struct merging {
	cstn_signal_model *into;
	const cstn_signal_model *from;
	uint32_t *keys, *pools; /* numbers in `into` */
	size_t keys_size, pools_size;
	CSTN__ARRAY(cstn__online_prior *) priors; /* copies, for an empty `into` */
} merging;

static int is_empty(const cstn_signal_model *model)
{
	return !model->has_rows && !model->priors.count;
}

static cstn_status differ(cstn_error **error, const char *what)
{
	return cstn__fail(error, CSTN_E_MISMATCH, "the models have different %s", what);
}

static cstn_status check_kin(
		const cstn_signal_model *into, const cstn_signal_model *from, cstn_error **error)
{
	if (memcmp(into->digest, from->digest, sizeof(into->digest)) != 0)
		return differ(error, "configurations");
	if (is_empty(into) || is_empty(from))
		return CSTN_OK;
	if (memcmp(&into->periods, &from->periods, sizeof(into->periods)) != 0)
		return differ(error, "types of 'ds'");
	if (into->keys.type && from->keys.type && into->keys.type != from->keys.type)
		return differ(error, "types of keys");
	if (into->pool_ids.type != from->pool_ids.type)
		return differ(error, "types of pools");
	return CSTN_OK;
}

static size_t count_priors(const cstn_signal_model *model)
{
	size_t n = 0, i;

	for (i = 0; i < model->priors.count; i++)
		n += model->priors.items[i] != NULL;
	return n;
}

/* Bit for bit: floats that moved series. */
static cstn_status check_priors(const merging *m, cstn_error **error)
{
	size_t i, size = cstn__online_prior_size(m->from->plan.of.columns);
	int same = count_priors(m->into) == count_priors(m->from);

	for (i = 0; i < m->from->priors.count && same; i++) {
		const cstn__online_prior *b = m->from->priors.items[i];
		const cstn__online_prior *a = b ? cstn__signal_prior(m->into, m->pools[i]) : NULL;

		same = !b || (a && memcmp(a, b, size) == 0);
	}
	return same ? CSTN_OK : differ(error, "knowledge of pools");
}

/* --- names ------------------------------------------------------------------------------------ */

static cstn_status name_pools(merging *m, cstn_error **error)
{
	size_t n = m->from->config.pool ? m->from->pool_ids.count : 1, i;

	m->pools_size = cstn__array_size(n, sizeof(uint32_t));
	m->pools = cstn__alloc_zero(&m->into->allocator, m->pools_size);
	if (!m->pools)
		return cstn__fail_nomem(error);
	for (i = 0; i < n && m->from->config.pool; i++) {
		m->pools[i] = cstn__ids_same(&m->into->pool_ids, &m->from->pool_ids, (uint32_t)i);
		if (m->pools[i] == CSTN__IDS_NONE)
			return cstn__fail_nomem(error);
	}
	return CSTN_OK;
}

static cstn_status name_keys(merging *m, cstn_error **error)
{
	const cstn__ids *from = &m->from->keys;
	size_t i;

	m->keys_size = cstn__array_size(from->count, sizeof(uint32_t));
	m->keys = cstn__alloc(&m->into->allocator, m->keys_size);
	if (!m->keys)
		return cstn__fail_nomem(error);
	for (i = 0; i < from->count; i++) {
		m->keys[i] = CSTN__IDS_NONE;
		if (!cstn__signal_series_there(m->from, (uint32_t)i))
			continue;
		m->keys[i] = cstn__ids_same(&m->into->keys, from, (uint32_t)i);
		if (m->keys[i] == CSTN__IDS_NONE)
			return cstn__fail_nomem(error);
		if (cstn__signal_series_there(m->into, m->keys[i]))
			return cstn__series_in_both(from, (uint32_t)i, "models", error);
	}
	return cstn__signal_model_reserve(m->into) ? cstn__fail_nomem(error) : CSTN_OK;
}

/* Copies of what the pools of `from` know, by their numbers in `into`. */
static int copy_priors(merging *m)
{
	const cstn_allocator *allocator = &m->into->allocator;
	size_t size = cstn__online_prior_size(m->from->plan.of.columns), n, i;

	n = m->from->priors.count ? (m->into->config.pool ? m->into->pool_ids.count : 1) : 0;
	if (cstn__array_reserve(allocator, &m->priors, n))
		return -1;
	while (m->priors.count < n)
		m->priors.items[m->priors.count++] = NULL;
	for (i = 0; i < m->from->priors.count; i++) {
		cstn__online_prior **to = &m->priors.items[m->pools[i]];

		if (!m->from->priors.items[i])
			continue;
		*to = cstn__alloc(allocator, size);
		if (!*to)
			return -1;
		memcpy(*to, m->from->priors.items[i], size);
	}
	return 0;
}

/* --- storing ---------------------------------------------------------------------------------- */

static void store(merging *m)
{
	cstn_signal_model *into = m->into;
	const cstn_signal_model *from = m->from;
	size_t size = cstn__online_series_size(into->plan.of.columns), i;

	for (i = 0; i < from->keys.count; i++) {
		cstn__online_series *to;

		if (m->keys[i] == CSTN__IDS_NONE)
			continue;
		to = cstn__signal_series(into, m->keys[i]);
		memcpy(to, cstn__signal_series(from, i), size);
		to->pool = m->pools[to->pool];
	}
	if (from->has_rows && (!into->has_rows || from->latest > into->latest))
		into->latest = from->latest;
	into->has_rows |= from->has_rows;
	into->version++;
}

static void free_merging(merging *m)
{
	const cstn_allocator *allocator = &m->into->allocator;
	size_t size = cstn__online_prior_size(m->from->plan.of.columns), i;

	for (i = 0; i < m->priors.count; i++)
		cstn__free(allocator, m->priors.items[i], m->priors.items[i] ? size : 0);
	cstn__array_free(allocator, &m->priors);
	cstn__free(allocator, m->keys, m->keys_size);
	cstn__free(allocator, m->pools, m->pools_size);
}

/* What is settled in `from` is so in an empty `into`. */
static cstn_status begin(merging *m, cstn_error **error)
{
	cstn_signal_model *into = m->into;
	cstn_status status;

	if (!into->has_rows)
		cstn__signal_model_clear(into);
	status = cstn__signal_model_settle(into, &m->from->periods, error);
	if (status != CSTN_OK)
		return status;
	if (!into->keys.type)
		into->keys.type = m->from->keys.type;
	if (!into->pool_ids.type)
		into->pool_ids.type = m->from->pool_ids.type;
	return name_pools(m, error);
}

static cstn_status merge(cstn_signal_model *into, const cstn_signal_model *from, cstn_error **error)
{
	merging m = {into, from, NULL, NULL, 0, 0, {NULL, 0, 0}};
	int was_empty = is_empty(into);
	cstn_status status = begin(&m, error);

	if (status == CSTN_OK && was_empty && copy_priors(&m))
		status = cstn__fail_nomem(error);
	else if (status == CSTN_OK && !was_empty)
		status = check_priors(&m, error);
	if (status == CSTN_OK)
		status = name_keys(&m, error);
	if (status == CSTN_OK && was_empty) {
		cstn__array_free(&into->allocator, &into->priors);
		memcpy(&into->priors, &m.priors, sizeof(m.priors));
		memset(&m.priors, 0, sizeof(m.priors));
	}
	if (status == CSTN_OK)
		store(&m);
	free_merging(&m);
	if (!into->has_rows)
		cstn__signal_model_clear(into);
	return status;
}

cstn_status cstn_signal_model_merge(
		cstn_signal_model *into, const cstn_signal_model *from, cstn_error **error)
{
	cstn_status status;

	status = cstn__states_check(into, from, "model", error);
	if (status == CSTN_OK)
		status = check_kin(into, from, error);
	return status == CSTN_OK && !is_empty(from) ? merge(into, from, error) : status;
}
