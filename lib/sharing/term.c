/* Terms: made of a view that was checked, kept with their canonical text and its digest.
 *
 * Lists are sets: sorted by the canonical text of their items, and each item once, so that two
 * terms that say the same have the same bytes. A field that a star of the same term covers is left
 * out. Cost: O(n log n) of the items. */
#include "sharing/term.h"

#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/sha256.h"
#include "base/sort.h"
#include "sharing/canonical_json.h"
#include "sharing/field_path.h"

#define DIGEST_PREFIX "cstn/terms/v1\n"

void cstn__terms_digest(const void *json, size_t len, uint8_t out[CSTN_TERM_DIGEST_SIZE])
{
	cstn__sha256_state state;

	cstn__sha256_init(&state, cstn__sha256_hardware());
	cstn__sha256_put(&state, DIGEST_PREFIX, strlen(DIGEST_PREFIX));
	cstn__sha256_put(&state, json, len);
	cstn__sha256_end(&state, out);
}

/* --- normal form ------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b, void *context)
{
	(void)context;
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sort a list that was copied; each once. */
static void sort_texts(const char *const *list, size_t *n)
{
	const char **texts = (const char **)(uintptr_t)list;
	size_t kept = 0;

	cstn__sort(texts, *n, sizeof(*texts), by_text, NULL);
	for (size_t i = 0; i < *n; i++)
		if (kept == 0 || strcmp(texts[kept - 1], texts[i]) != 0)
			texts[kept++] = texts[i];
	*n = kept;
}

int cstn__texts_have(const char *const *list, size_t n, const char *text)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(list[middle], text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && strcmp(list[low], text) == 0;
}

/* Leave out of a sorted list what a star of it covers; -1 out of memory. */
static int drop_covered(cstn__arena *arena, const char *const *list, size_t *n)
{
	const char **fields = (const char **)(uintptr_t)list;
	const char **all = (const char **)cstn__list_copy(arena, fields, *n);
	char star[CSTN_PATH_MOST + 2];
	size_t kept = 0;

	for (size_t i = 0; all && i < *n; i++) {
		const char *field = all[i];

		star[cstn__path_star(field, strlen(field), star)] = '\0';
		if (strcmp(star, field) == 0 || !cstn__texts_have(all, *n, star))
			fields[kept++] = field;
	}
	*n = kept;
	return all ? 0 : -1;
}

/* An item and its canonical text, in bytes that all items share. */
typedef struct written {
	const void *item;
	size_t begin, len;
} written;

static int by_bytes(const void *a, const void *b, void *context)
{
	const written *x = a, *y = b;
	const uint8_t *bytes = context;
	int order = memcmp(bytes + x->begin, bytes + y->begin, x->len < y->len ? x->len : y->len);

	if (order == 0 && x->len != y->len)
		order = x->len < y->len ? -1 : 1;
	return order ? order : (x->item > y->item) - (x->item < y->item);
}

/* Sort a list of structs that was copied by their text; `once`: what is twice in it goes. */
static int sort_parts(
		cstn__arena *arena, const cstn__shape *shape, const void *list, size_t *n, int once)
{
	const void **items = (const void **)(uintptr_t)list;
	written *all = cstn__arena_alloc(arena, cstn__array_size(*n ? *n : 1, sizeof(*all)));
	size_t kept = 0;
	cstn__bytes text;
	int failed;

	if (!all)
		return -1;
	cstn__bytes_init(&text, &arena->allocator);
	for (size_t i = 0; i < *n; i++) {
		all[i].item = items[i];
		all[i].begin = text.size;
		cstn__shape_put(&text, shape, items[i]);
		all[i].len = text.size - all[i].begin;
	}
	failed = text.failed;
	if (!failed) {
		cstn__sort(all, *n, sizeof(*all), by_bytes, text.data);
		for (size_t i = 0; i < *n; i++) {
			const written *before = i > 0 ? &all[i - 1] : NULL;

			if (!once || !before || before->len != all[i].len ||
					memcmp(text.data + before->begin, text.data + all[i].begin,
							before->len) != 0)
				items[kept++] = all[i].item;
		}
		*n = kept;
	}
	cstn__bytes_free(&text);
	return failed ? -1 : 0;
}

/* Parameters of AGGREGATED that ask for nothing have one spelling. */
static void fill_granularity(cstn_term_granularity *is)
{
	if (is->level != CSTN_LEVEL_AGGREGATED)
		return;
	is->k = is->k ? is->k : 1;
	is->l = is->l ? is->l : 1;
	is->contributors = is->contributors ? is->contributors : 1;
	is->t_permille = is->t_permille ? is->t_permille : 1000;
	is->max_share_permille = is->max_share_permille ? is->max_share_permille : 1000;
}

/* Bring a copy into its normal form; -1 out of memory. */
static int normalise(cstn__arena *arena, cstn_term_view *view)
{
	cstn_term_granularity *granularity = (cstn_term_granularity *)(uintptr_t)view->granularity;
	cstn_term_onward *onward = (cstn_term_onward *)(uintptr_t)view->onward;
	cstn_term_revocation *revocation = (cstn_term_revocation *)(uintptr_t)view->revocation;

	if (revocation->by == 0)
		revocation->by = CSTN_REVOCATION_BOTH;
	fill_granularity(granularity);
	sort_texts(view->recipient_roles, &view->n_recipient_roles);
	sort_texts(view->fields, &view->n_fields);
	sort_texts(onward->parties, &onward->n_parties);
	if (drop_covered(arena, view->fields, &view->n_fields) ||
			sort_parts(arena, &cstn__step_shape, granularity->steps,
					&granularity->n_steps, 1) ||
			sort_parts(arena, &cstn__consideration_shape, view->considerations,
					&view->n_considerations, 0) ||
			sort_parts(arena, &cstn__duty_shape, view->duties, &view->n_duties, 1) ||
			sort_parts(arena, &cstn__document_shape, view->documents,
					&view->n_documents, 1))
		return -1;
	return 0;
}

/* --- making ----------------------------------------------------------------------------------- */

/* The condition and its canonical text; a set of terms puts two levels around it. */
static cstn_status take_constraint(
		cstn_term *term, cstn_term_view *view, int32_t *component, cstn_error **error)
{
	cstn_buffer *json = NULL;
	cstn_status status = CSTN_OK;
	const char *text;
	size_t len;

	*component = CSTN_TERM_CONSTRAINT;
	if (view->constraint)
		term->constraint =
				cstn_constraint_ref((cstn_constraint *)(uintptr_t)view->constraint);
	else if (view->constraint_json)
		status = cstn_constraint_read_json(view->constraint_json,
				strlen(view->constraint_json), &term->allocator, &term->constraint,
				error);
	view->constraint = term->constraint;
	view->constraint_json = NULL;
	if (status == CSTN_OK && term->constraint)
		status = cstn_constraint_write_json(
				term->constraint, &term->allocator, &json, error);
	if (status == CSTN_OK && json) {
		text = (const char *)cstn_buffer_data(json);
		len = cstn_buffer_size(json);
		if (cstn__canonical_json_deeper(text, len, CSTN__CANONICAL_DEPTH_MAX - 2) < len)
			status = cstn__fail(error, CSTN_E_LIMIT,
					"the condition's JSON nests deeper than %d levels",
					CSTN__CANONICAL_DEPTH_MAX - 2);
		else if (!(view->constraint_json = cstn__arena_copy(&term->arena, text, len)))
			status = cstn__fail_nomem(error);
	}
	cstn_buffer_free(json);
	if (status == CSTN_OK)
		*component = 0;
	return status;
}

static cstn_status fill(
		cstn_term *term, const cstn_term_view *view, int32_t *component, cstn_error **error)
{
	cstn_term_view *copy = cstn__shape_copy(&term->arena, &cstn__term_shape, view);
	cstn_status status = CSTN_OK;
	cstn__bytes json;

	if (!copy || normalise(&term->arena, copy))
		return cstn__fail_nomem(error);
	copy->struct_size = sizeof(*copy);
	status = take_constraint(term, copy, component, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&json, &term->allocator);
	cstn__shape_put(&json, &cstn__term_shape, copy);
	if (!json.failed && json.size > CSTN_TERM_JSON_MOST) {
		status = cstn__fail(error, CSTN_E_LIMIT, "a term of %zu bytes of JSON; at most %d",
				json.size, CSTN_TERM_JSON_MOST);
	} else {
		term->view = copy;
		term->json = json.failed ? NULL
					 : cstn__arena_copy(&term->arena, json.data, json.size);
		term->json_len = json.size;
		if (!term->json)
			status = cstn__fail_nomem(error);
	}
	cstn__bytes_free(&json);
	return status;
}

cstn_status cstn__term_new(const cstn_term_view *view, const cstn_allocator *allocator,
		cstn_term **out, int32_t *component, cstn_error **error)
{
	cstn_status status = cstn__term_check_whole(view, component, error);
	cstn_allocator memory;
	cstn_term *term;

	if (status == CSTN_OK)
		status = cstn__handle_new(allocator, sizeof(*term), &memory, &term, error);
	if (status != CSTN_OK)
		return status;
	term->allocator = memory;
	atomic_init(&term->references, 1);
	cstn__arena_init(&term->arena, &memory);
	status = fill(term, view, component, error);
	if (status != CSTN_OK) {
		cstn_term_unref(term);
		return status;
	}
	cstn__terms_digest(term->json, term->json_len, term->digest);
	*out = term;
	return CSTN_OK;
}

cstn_term *cstn_term_ref(cstn_term *term)
{
	if (term)
		atomic_fetch_add_explicit(&term->references, 1, memory_order_relaxed);
	return term;
}

void cstn_term_unref(cstn_term *term)
{
	cstn_allocator allocator;

	if (!term || atomic_fetch_sub_explicit(&term->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = term->allocator;
	cstn_constraint_unref(term->constraint);
	cstn__arena_free(&term->arena);
	cstn__free(&allocator, term, sizeof(*term));
}

const cstn_term_view *cstn_term_components(const cstn_term *term)
{
	return term ? term->view : NULL;
}

const char *cstn_term_json(const cstn_term *term, size_t *len)
{
	if (len)
		*len = term ? term->json_len : 0;
	return term ? term->json : "";
}

void cstn_term_digest(const cstn_term *term, uint8_t out[CSTN_TERM_DIGEST_SIZE])
{
	if (term)
		memcpy(out, term->digest, sizeof(term->digest));
	else if (out)
		memset(out, 0, CSTN_TERM_DIGEST_SIZE);
}
