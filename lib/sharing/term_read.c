/* Terms and sets of terms from JSON, and sets. What is read goes through the same checks as what is
 * built, and unless the caller is lenient the text must be the canonical one of what was made of
 * it: so text, digest and meaning belong together. Cost: O(len log len). */
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "sharing/canonical_json.h"
#include "sharing/term.h"

struct cstn_term_set {
	cstn_allocator allocator;
	atomic_size_t references;
	cstn_term **terms;
	size_t n, n_room;
	char *json;
	size_t json_len;
	uint8_t digest[CSTN_TERM_DIGEST_SIZE];
};

/* --- reading ---------------------------------------------------------------------------------- */

/* A document that is read. */
typedef struct source {
	const char *json;
	size_t len;
	json_t *root;
} source;

static cstn_status open_document(const char *json, size_t len, uint32_t flags, const void *out,
		source *document, cstn_error **error)
{
	if ((!json && len > 0) || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "json or out is NULL");
	if (flags & ~CSTN_TERM_READ_LOOSE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "flags has unknown bits 0x%x",
				(unsigned int)(flags & ~CSTN_TERM_READ_LOOSE));
	if (len > CSTN_TERM_JSON_MOST)
		return cstn__fail(error, CSTN_E_FORMAT, "byte %d: terms have at most so many bytes",
				CSTN_TERM_JSON_MOST);
	document->json = json ? json : "";
	document->len = len;
	return cstn__canonical_json_read(document->json, len, &document->root, error);
}

/* A failure of a part of the term that stands in `object`, or is the object `name` NULL, told by
 * its byte. */
static cstn_status fail_in(const source *document, const json_t *object, int32_t component,
		cstn_error *inner, cstn_error **error)
{
	const char *member = component ? cstn__term_member(component) : NULL;
	cstn_status status = cstn_error_code(inner);
	size_t byte = document->len;

	if (status == CSTN_E_NOMEM) {
		cstn_error_free(inner);
		return cstn__fail_nomem(error);
	}
	if (member)
		byte = cstn__canonical_json_offset(
				document->json, document->len, document->root, object, member, 0);
	/* A member that is absent is missed where its object begins. */
	if (byte == document->len)
		byte = cstn__canonical_json_offset(
				document->json, document->len, document->root, NULL, NULL, 0);
	status = cstn__fail(error, CSTN_E_FORMAT, "byte %zu, %s: %s", byte,
			cstn_term_component_name(component), cstn_error_message(inner));
	cstn_error_free(inner);
	return status;
}

static cstn_status read_object(const source *document, const json_t *object,
		const cstn_allocator *memory, cstn_term **out, cstn_error **error)
{
	cstn__shape_reader reader = {document->json, document->len, document->root, NULL};
	cstn_error *inner = NULL;
	int32_t component = 0;
	cstn_term_view view;
	cstn__arena arena;
	cstn_status status;

	if (!json_is_object(object))
		return cstn__fail(error, CSTN_E_FORMAT, "byte 0: a term is an object");
	cstn__arena_init(&arena, memory);
	reader.arena = &arena;
	status = cstn__shape_read(&reader, &cstn__term_shape, object, &view, error);
	if (status == CSTN_OK) {
		status = cstn__term_new(&view, memory, out, &component, &inner);
		if (status != CSTN_OK)
			status = fail_in(document, object, component, inner, error);
	}
	cstn__arena_free(&arena);
	return status;
}

/* Is the text the canonical one? */
static cstn_status check_canonical(
		const source *document, const char *canonical, size_t len, cstn_error **error)
{
	size_t at = 0;

	while (at < len && at < document->len && canonical[at] == document->json[at])
		at++;
	if (at == len && at == document->len)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_FORMAT, "byte %zu: the text is not canonical", at);
}

cstn_status cstn_term_read(const char *json, size_t len, uint32_t flags,
		const cstn_allocator *allocator, cstn_term **out, cstn_error **error)
{
	source document = {NULL, 0, NULL};
	cstn_allocator memory;
	cstn_term *term = NULL;
	cstn_status status = cstn__allocator_read(allocator, &memory, error);

	if (status == CSTN_OK)
		status = open_document(json, len, flags, out, &document, error);
	if (status == CSTN_OK)
		status = read_object(&document, document.root, &memory, &term, error);
	if (status == CSTN_OK && !(flags & CSTN_TERM_READ_LOOSE))
		status = check_canonical(&document, term->json, term->json_len, error);
	json_decref(document.root);
	if (status == CSTN_OK)
		*out = term;
	else
		cstn_term_unref(term);
	return status;
}

/* --- sets ------------------------------------------------------------------------------------- */

static int by_digest(const void *a, const void *b, void *context)
{
	const cstn_term *x = *(cstn_term *const *)a, *y = *(cstn_term *const *)b;

	(void)context;
	return memcmp(x->digest, y->digest, sizeof(x->digest));
}

/* Sort, give back what is twice, and write. The set owns its terms. */
static cstn_status finish(cstn_term_set *set, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	cstn__bytes json;
	size_t kept = 0;

	cstn__sort(set->terms, set->n, sizeof(*set->terms), by_digest, NULL);
	for (size_t i = 0; i < set->n; i++) {
		if (kept > 0 && by_digest(&set->terms[kept - 1], &set->terms[i], NULL) == 0)
			cstn_term_unref(set->terms[i]);
		else
			set->terms[kept++] = set->terms[i];
	}
	set->n = kept;
	cstn__bytes_init(&json, &set->allocator);
	for (size_t i = 0; i < kept && json.size <= CSTN_TERM_JSON_MOST; i++) {
		cstn__bytes_put_u8(&json, i > 0 ? ',' : '[');
		cstn__bytes_put(&json, set->terms[i]->json, set->terms[i]->json_len);
	}
	cstn__bytes_put_u8(&json, ']');
	if (!json.failed && json.size > CSTN_TERM_JSON_MOST)
		status = cstn__fail(error, CSTN_E_LIMIT,
				"a set of terms has at most %d bytes of JSON", CSTN_TERM_JSON_MOST);
	set->json_len = json.size;
	set->json = status == CSTN_OK && !json.failed ? cstn__alloc(&set->allocator, json.size + 1)
						      : NULL;
	if (set->json) {
		memcpy(set->json, json.data, json.size);
		set->json[json.size] = '\0';
		cstn__terms_digest(set->json, set->json_len, set->digest);
	} else if (status == CSTN_OK) {
		status = cstn__fail_nomem(error);
	}
	cstn__bytes_free(&json);
	return status;
}

/* A set with room for n terms. */
static cstn_status set_alloc(
		size_t n, const cstn_allocator *allocator, cstn_term_set **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn_term_set *set;
	cstn_status status = cstn__handle_new(allocator, sizeof(*set), &memory, &set, error);

	if (status != CSTN_OK)
		return status;
	set->allocator = memory;
	atomic_init(&set->references, 1);
	set->n_room = n;
	set->terms = cstn__alloc(&memory, n * sizeof(*set->terms));
	if (!set->terms) {
		cstn__free(&memory, set, sizeof(*set));
		return cstn__fail_nomem(error);
	}
	*out = set;
	return CSTN_OK;
}

static cstn_status check_number(size_t n, cstn_status status, cstn_error **error)
{
	if (n == 0 || n > CSTN_TERM_SET_MOST)
		return cstn__fail(error, n ? status : CSTN_E_INVALID_ARGUMENT,
				"a set of %zu terms; it has 1..%d", n, CSTN_TERM_SET_MOST);
	return CSTN_OK;
}

cstn_status cstn_term_set_new(cstn_term *const *terms, size_t n_terms,
		const cstn_allocator *allocator, cstn_term_set **out, cstn_error **error)
{
	cstn_term_set *set = NULL;
	cstn_status status = check_number(n_terms, CSTN_E_LIMIT, error);

	if (status != CSTN_OK)
		return status;
	if (!terms || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "terms or out is NULL");
	for (size_t i = 0; i < n_terms; i++)
		if (!terms[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "term %zu is NULL", i);
	status = set_alloc(n_terms, allocator, &set, error);
	if (status != CSTN_OK)
		return status;
	for (size_t i = 0; i < n_terms; i++)
		set->terms[set->n++] = cstn_term_ref(terms[i]);
	status = finish(set, error);
	if (status == CSTN_OK)
		*out = set;
	else
		cstn_term_set_unref(set);
	return status;
}

/* The terms of a list. */
static cstn_status read_terms(const source *document, const cstn_allocator *memory,
		cstn_term_set **out, cstn_error **error)
{
	size_t n = json_array_size(document->root);
	cstn_status status;

	if (!json_is_array(document->root) || n == 0 || n > CSTN_TERM_SET_MOST)
		return cstn__fail(error, CSTN_E_FORMAT, "byte 0: a list of 1..%d terms is expected",
				CSTN_TERM_SET_MOST);
	status = set_alloc(n, memory, out, error);
	for (size_t i = 0; i < n && status == CSTN_OK; i++) {
		status = read_object(document, json_array_get(document->root, i), memory,
				&(*out)->terms[i], error);
		if (status == CSTN_OK)
			(*out)->n++;
	}
	return status == CSTN_OK ? finish(*out, error) : status;
}

cstn_status cstn_term_set_read(const char *json, size_t len, uint32_t flags,
		const cstn_allocator *allocator, cstn_term_set **out, cstn_error **error)
{
	source document = {NULL, 0, NULL};
	cstn_term_set *set = NULL;
	cstn_allocator memory;
	cstn_status status = cstn__allocator_read(allocator, &memory, error);

	if (status == CSTN_OK)
		status = open_document(json, len, flags, out, &document, error);
	if (status == CSTN_OK)
		status = read_terms(&document, &memory, &set, error);
	if (status == CSTN_OK && !(flags & CSTN_TERM_READ_LOOSE))
		status = check_canonical(&document, set->json, set->json_len, error);
	json_decref(document.root);
	if (status == CSTN_OK)
		*out = set;
	else
		cstn_term_set_unref(set);
	return status;
}

cstn_term_set *cstn_term_set_ref(cstn_term_set *set)
{
	if (set)
		atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
	return set;
}

void cstn_term_set_unref(cstn_term_set *set)
{
	cstn_allocator allocator;

	if (!set || atomic_fetch_sub_explicit(&set->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = set->allocator;
	for (size_t i = 0; i < set->n; i++)
		cstn_term_unref(set->terms[i]);
	cstn__free(&allocator, set->terms, set->n_room * sizeof(*set->terms));
	cstn__free(&allocator, set->json, set->json_len + 1);
	cstn__free(&allocator, set, sizeof(*set));
}

size_t cstn_term_set_count(const cstn_term_set *set)
{
	return set ? set->n : 0;
}

cstn_term *cstn_term_set_at(const cstn_term_set *set, size_t index)
{
	return set && index < set->n ? set->terms[index] : NULL;
}

const char *cstn_term_set_json(const cstn_term_set *set, size_t *len)
{
	if (len)
		*len = set ? set->json_len : 0;
	return set ? set->json : "";
}

void cstn_term_set_digest(const cstn_term_set *set, uint8_t out[CSTN_TERM_DIGEST_SIZE])
{
	if (set)
		memcpy(out, set->digest, sizeof(set->digest));
	else if (out)
		memset(out, 0, CSTN_TERM_DIGEST_SIZE);
}
