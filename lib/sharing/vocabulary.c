/* What a constellation speaks: operands, purposes, roles, classes of paths.
 *
 * A builder holds a vocabulary that is not finished; building copies it and closes the graph of
 * purposes: for each purpose a row of bits of all that are above it, itself included (Warshall,
 * 1962, over the edges). Names are interned, an operand's code is its index. Invariant: what is
 * built never changes. Cost: O(all) and n^2 / 8 bytes for n purposes. */
#include "sharing/vocabulary.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

#include "base/error.h"
#include "base/sort.h"
#include "base/text.h"
#include "sharing/field_path.h"

typedef struct edge {
	uint32_t purpose, parent;
} edge;

struct cstn_vocabulary {
	cstn_allocator allocator;
	atomic_size_t references;
	cstn__arena arena; /* ids of operands */
	CSTN__ARRAY(cstn__operand) operands;
	CSTN__ARRAY(edge) edges;
	CSTN__ARRAY(uint32_t) classes; /* of paths, by code */
	cstn__interner names, purposes, roles, paths;
	uint8_t *above; /* row of bits a purpose */
	size_t row;     /* its bytes */
};

struct cstn_vocabulary_builder {
	cstn_vocabulary *made;
};

static const cstn_operand BUILT_IN[CSTN__OPERANDS_BUILT_IN] = {
#define BUILT_IN_OPERAND(name, type, flags)                                                        \
	{                                                                                          \
		sizeof(cstn_operand), flags, name, sizeof(name) - 1, type, 0, 0, 0, NULL, 0, NULL, \
				0                                                                  \
	}
		BUILT_IN_OPERAND("now", CSTN_OPERAND_INSTANT, 0),
		BUILT_IN_OPERAND("purpose", CSTN_OPERAND_ID, 0),
		BUILT_IN_OPERAND("role", CSTN_OPERAND_ID, 0),
		BUILT_IN_OPERAND("party", CSTN_OPERAND_ID, 0),
		BUILT_IN_OPERAND("group", CSTN_OPERAND_ID_SET, 0),
		BUILT_IN_OPERAND("framework", CSTN_OPERAND_ID, 0),
		BUILT_IN_OPERAND("hops", CSTN_OPERAND_INT64, CSTN_OPERAND_HAS_LEAST),
		BUILT_IN_OPERAND("data_age", CSTN_OPERAND_DURATION, CSTN_OPERAND_HAS_LEAST),
		BUILT_IN_OPERAND("rows", CSTN_OPERAND_INT64, CSTN_OPERAND_HAS_LEAST),
		BUILT_IN_OPERAND("agreement_age", CSTN_OPERAND_DURATION, CSTN_OPERAND_HAS_LEAST),
#undef BUILT_IN_OPERAND
};

/* --- ids -------------------------------------------------------------------------------------- */

int cstn__id_order(const cstn_id *a, const cstn_id *b)
{
	int order = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

int cstn__id_is_valid(const char *text, size_t len)
{
	size_t i;

	if (!text || !len || len > CSTN_CONSTRAINT_ID_MOST)
		return 0;
	for (i = 0; i < len; i++)
		if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
			return 0;
	return cstn__utf8_is_valid((const uint8_t *)text, len);
}

size_t cstn__id_find(const cstn_id *ids, size_t n, const cstn_id *id)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = cstn__id_order(ids + middle, id);

		if (!order)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return SIZE_MAX;
}

static int by_bytes(const void *a, const void *b, void *context)
{
	(void)context;
	return cstn__id_order(a, b);
}

size_t cstn__ids_sort(cstn_id *ids, size_t n)
{
	size_t i, kept = 0;

	cstn__sort(ids, n, sizeof(*ids), by_bytes, NULL);
	for (i = 0; i < n; i++)
		if (!kept || cstn__id_order(ids + kept - 1, ids + i))
			ids[kept++] = ids[i];
	return kept;
}

static cstn_status check_id(const char *what, const char *text, size_t len, cstn_error **error)
{
	if (cstn__id_is_valid(text, len))
		return CSTN_OK;
	if (!text || !len || len > CSTN_CONSTRAINT_ID_MOST)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s of %zu bytes; 1 to %d", what,
				text ? len : 0, CSTN_CONSTRAINT_ID_MOST);
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
			"%s '%.*s' is not UTF-8 without control characters", what, (int)len, text);
}

/* --- making ----------------------------------------------------------------------------------- */

static void vocabulary_free(cstn_vocabulary *vocabulary)
{
	cstn_allocator memory = vocabulary->allocator;

	cstn__free(&memory, vocabulary->above, vocabulary->row * vocabulary->purposes.count);
	cstn__arena_free(&vocabulary->arena);
	cstn__array_free(&memory, &vocabulary->operands);
	cstn__array_free(&memory, &vocabulary->edges);
	cstn__array_free(&memory, &vocabulary->classes);
	cstn__interner_free(&vocabulary->names);
	cstn__interner_free(&vocabulary->purposes);
	cstn__interner_free(&vocabulary->roles);
	cstn__interner_free(&vocabulary->paths);
	cstn__free(&memory, vocabulary, sizeof(*vocabulary));
}

static cstn_status vocabulary_new(
		const cstn_allocator *allocator, cstn_vocabulary **out, cstn_error **error)
{
	cstn_vocabulary *made = cstn__alloc_zero(allocator, sizeof(*made));

	if (!made)
		return cstn__fail_nomem(error);
	made->allocator = *allocator;
	atomic_init(&made->references, 1);
	cstn__arena_init(&made->arena, allocator);
	cstn__interner_init(&made->names, allocator, 0);
	cstn__interner_init(&made->purposes, allocator, 0);
	cstn__interner_init(&made->roles, allocator, 0);
	cstn__interner_init(&made->paths, allocator, 0);
	*out = made;
	return CSTN_OK;
}

static cstn_status check_range(const cstn_operand *operand, cstn_error **error)
{
	const uint32_t both = CSTN_OPERAND_HAS_LEAST | CSTN_OPERAND_HAS_MOST;
	int is_id = operand->type == CSTN_OPERAND_ID || operand->type == CSTN_OPERAND_ID_SET;

	if (operand->type < CSTN_OPERAND_INT64 || operand->type > CSTN_OPERAND_ID_SET)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "type %d of an operand; 1 to 6",
				(int)operand->type);
	if (operand->scale < 0 || operand->scale > 18 ||
			(operand->scale && operand->type != CSTN_OPERAND_DECIMAL))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"scale %d of an operand; 0 to 18 for a decimal, else 0",
				(int)operand->scale);
	if (is_id && (operand->flags & both))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"ids have no least and no greatest");
	if (!is_id && operand->n_ids)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%zu ids for an operand whose values are no ids", operand->n_ids);
	if (operand->n_ids && !operand->ids)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "ids is NULL");
	if ((operand->flags & both) == both && operand->least > operand->most)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"least %" PRId64 " is above most %" PRId64, operand->least,
				operand->most);
	return CSTN_OK;
}

/* The operand that this one never exceeds. */
static cstn_status find_bound(const cstn_vocabulary *into, const cstn_operand *operand,
		int32_t *index, cstn_error **error)
{
	const cstn__operand *bound;
	uint32_t code;
	size_t i;

	*index = -1;
	if (!operand->at_most)
		return CSTN_OK;
	code = cstn__interner_find(&into->names, operand->at_most, operand->at_most_len);
	if (code == UINT32_MAX)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"at_most names '%.*s', which is no operand",
				(int)operand->at_most_len, operand->at_most);
	bound = into->operands.items + code;
	if (bound->type != operand->type || bound->scale != operand->scale ||
			bound->type >= CSTN_OPERAND_ID)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"at_most names '%s', which is of another type or scale, or of ids",
				bound->name.text);
	for (i = 0; i < into->operands.count; i++)
		if (into->operands.items[i].at_most >= 0 &&
				(i == code || into->operands.items[i].at_most == (int32_t)code))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"at_most names '%s', which is in another such pair",
					bound->name.text);
	*index = (int32_t)code;
	return CSTN_OK;
}

static cstn_status copy_ids(
		cstn__arena *arena, const cstn_operand *from, cstn__operand *to, cstn_error **error)
{
	cstn_id *ids;
	size_t i;

	if (!from->n_ids)
		return CSTN_OK;
	ids = cstn__arena_alloc(arena, cstn__array_size(from->n_ids, sizeof(*ids)));
	if (!ids)
		return cstn__fail_nomem(error);
	for (i = 0; i < from->n_ids; i++) {
		ids[i].len = from->ids[i].len;
		ids[i].text = cstn__arena_copy(arena, from->ids[i].text, from->ids[i].len);
		if (!ids[i].text)
			return cstn__fail_nomem(error);
	}
	to->ids = ids;
	to->n_ids = cstn__ids_sort(ids, from->n_ids);
	return CSTN_OK;
}

static cstn_status add_operand(
		cstn_vocabulary *into, const cstn_operand *operand, cstn_error **error)
{
	cstn__operand made = {.flags = operand->flags,
			.type = operand->type,
			.scale = operand->scale,
			.least = operand->least,
			.most = operand->most};
	cstn_status status = check_id("an operand", operand->name, operand->name_len, error);
	size_t i;

	if (status == CSTN_OK)
		status = check_range(operand, error);
	for (i = 0; status == CSTN_OK && i < operand->n_ids; i++)
		status = check_id("an id", operand->ids[i].text, operand->ids[i].len, error);
	if (status == CSTN_OK)
		status = find_bound(into, operand, &made.at_most, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__interner_find(&into->names, operand->name, operand->name_len) != UINT32_MAX)
		return cstn__fail(error, CSTN_E_DUPLICATE, "operand '%.*s' is there already",
				(int)operand->name_len, operand->name);
	if (into->operands.count >= CSTN_VOCABULARY_MOST)
		return cstn__fail(
				error, CSTN_E_LIMIT, "more than %d operands", CSTN_VOCABULARY_MOST);
	status = copy_ids(&into->arena, operand, &made, error);
	if (status != CSTN_OK)
		return status;
	if (cstn__array_reserve(&into->allocator, &into->operands, 1) ||
			cstn__intern(&into->names, operand->name, operand->name_len) == UINT32_MAX)
		return cstn__fail_nomem(error);
	made.name.text = into->names.items[into->names.count - 1].text;
	made.name.len = operand->name_len;
	if (into->operands.count == CSTN__OPERAND_PURPOSE)
		made.values = &into->purposes;
	if (into->operands.count == CSTN__OPERAND_ROLE)
		made.values = &into->roles;
	into->operands.items[into->operands.count++] = made;
	return CSTN_OK;
}

static cstn_status intern_id(cstn__interner *in, const char *what, const char *text, size_t len,
		uint32_t *code, cstn_error **error)
{
	cstn_status status = check_id(what, text, len, error);

	if (status != CSTN_OK)
		return status;
	*code = cstn__interner_find(in, text, len);
	if (*code != UINT32_MAX)
		return CSTN_OK;
	if (in->count >= CSTN_VOCABULARY_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "more than %d purposes or roles",
				CSTN_VOCABULARY_MOST);
	*code = cstn__intern(in, text, len);
	return *code == UINT32_MAX ? cstn__fail_nomem(error) : CSTN_OK;
}

static cstn_status add_purpose(cstn_vocabulary *into, const char *purpose, size_t len,
		const char *parent, size_t parent_len, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	edge made = {0, 0};
	size_t i;

	if (parent) /* checked before anything is added */
		status = check_id("a purpose", parent, parent_len, error);
	if (status == CSTN_OK)
		status = intern_id(
				&into->purposes, "a purpose", purpose, len, &made.purpose, error);
	if (status != CSTN_OK || !parent)
		return status;
	status = intern_id(&into->purposes, "a purpose", parent, parent_len, &made.parent, error);
	if (status != CSTN_OK)
		return status;
	for (i = 0; i < into->edges.count; i++)
		if (into->edges.items[i].purpose == made.purpose &&
				into->edges.items[i].parent == made.parent)
			return CSTN_OK;
	if (cstn__array_reserve(&into->allocator, &into->edges, 1))
		return cstn__fail_nomem(error);
	into->edges.items[into->edges.count++] = made;
	return CSTN_OK;
}

static cstn_status add_path(cstn_vocabulary *into, const char *path, size_t len, uint32_t classes,
		cstn_error **error)
{
	uint32_t code = cstn__interner_find(&into->paths, path, len);

	if (code == UINT32_MAX) {
		if (cstn__array_reserve(&into->allocator, &into->classes, 1))
			return cstn__fail_nomem(error);
		code = cstn__intern(&into->paths, path, len);
		if (code == UINT32_MAX)
			return cstn__fail_nomem(error);
		into->classes.items[into->classes.count++] = 0;
	}
	into->classes.items[code] |= classes;
	return CSTN_OK;
}

/* Close the graph: an edge puts the parent's row below the purpose's until nothing changes more. */
static cstn_status close_graph(cstn_vocabulary *vocabulary, cstn_error **error)
{
	size_t n = vocabulary->purposes.count, e, i;
	int changed = 1;

	if (!n)
		return CSTN_OK;
	vocabulary->row = (n + 7) / 8;
	vocabulary->above = cstn__alloc_zero(&vocabulary->allocator, vocabulary->row * n);
	if (!vocabulary->above)
		return cstn__fail_nomem(error);
	for (e = 0; e < vocabulary->edges.count; e++) {
		const edge *is = vocabulary->edges.items + e;

		vocabulary->above[is->purpose * vocabulary->row + is->parent / 8] |=
				(uint8_t)(1u << is->parent % 8);
	}
	while (changed)
		for (changed = 0, e = 0; e < vocabulary->edges.count; e++) {
			const edge *is = vocabulary->edges.items + e;
			uint8_t *to = vocabulary->above + is->purpose * vocabulary->row;
			const uint8_t *from = vocabulary->above + is->parent * vocabulary->row;

			for (i = 0; i < vocabulary->row; i++) {
				changed |= (from[i] & ~to[i]) != 0;
				to[i] |= from[i];
			}
		}
	for (i = 0; i < n; i++) {
		uint8_t *own = vocabulary->above + i * vocabulary->row + i / 8;

		if (*own >> i % 8 & 1)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"purpose '%s' covers itself",
					vocabulary->purposes.items[i].text);
		*own |= (uint8_t)(1u << i % 8);
	}
	return CSTN_OK;
}

static void describe(const cstn_vocabulary *vocabulary, size_t index, cstn_operand *out)
{
	const cstn__operand *is = vocabulary->operands.items + index;
	const cstn__operand *bound =
			is->at_most >= 0 ? vocabulary->operands.items + is->at_most : NULL;

	memset(out, 0, sizeof(*out));
	out->struct_size = sizeof(*out);
	out->flags = is->flags;
	out->name = is->name.text;
	out->name_len = is->name.len;
	out->type = is->type;
	out->scale = is->scale;
	out->least = is->least;
	out->most = is->most;
	out->ids = is->ids;
	out->n_ids = is->n_ids;
	out->at_most = bound ? bound->name.text : NULL;
	out->at_most_len = bound ? bound->name.len : 0;
}

static cstn_status copy_all(const cstn_vocabulary *from, cstn_vocabulary *to, cstn_error **error)
{
	cstn_status status = CSTN_OK;
	cstn_operand operand;
	uint32_t code;
	size_t i;

	for (i = 0; status == CSTN_OK && i < from->operands.count; i++) {
		describe(from, i, &operand);
		status = add_operand(to, &operand, error);
	}
	for (i = 0; status == CSTN_OK && i < from->purposes.count; i++)
		status = intern_id(&to->purposes, "a purpose", from->purposes.items[i].text,
				from->purposes.items[i].len, &code, error);
	for (i = 0; status == CSTN_OK && i < from->roles.count; i++)
		status = intern_id(&to->roles, "a role", from->roles.items[i].text,
				from->roles.items[i].len, &code, error);
	for (i = 0; status == CSTN_OK && i < from->paths.count; i++)
		status = add_path(to, from->paths.items[i].text, from->paths.items[i].len,
				from->classes.items[i], error);
	if (status != CSTN_OK || !from->edges.count)
		return status;
	if (cstn__array_reserve(&to->allocator, &to->edges, from->edges.count))
		return cstn__fail_nomem(error);
	memcpy(to->edges.items, from->edges.items, from->edges.count * sizeof(edge));
	to->edges.count = from->edges.count;
	return CSTN_OK;
}

/* --- the builder ------------------------------------------------------------------------------ */

cstn_status cstn_vocabulary_builder_new(
		const cstn_allocator *allocator, cstn_vocabulary_builder **out, cstn_error **error)
{
	cstn_vocabulary_builder *builder = NULL;
	cstn_allocator memory;
	cstn_status status;
	size_t i;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__handle_new(allocator, sizeof(*builder), &memory, &builder, error);
	if (status != CSTN_OK)
		return status;
	status = vocabulary_new(&memory, &builder->made, error);
	if (status != CSTN_OK) {
		cstn__free(&memory, builder, sizeof(*builder));
		return status;
	}
	for (i = 0; status == CSTN_OK && i < CSTN__OPERANDS_BUILT_IN; i++)
		status = add_operand(builder->made, BUILT_IN + i, error);
	if (status == CSTN_OK)
		*out = builder;
	else
		cstn_vocabulary_builder_free(builder);
	return status;
}

void cstn_vocabulary_builder_free(cstn_vocabulary_builder *builder)
{
	cstn_allocator memory;

	if (!builder)
		return;
	memory = builder->made->allocator;
	vocabulary_free(builder->made);
	cstn__free(&memory, builder, sizeof(*builder));
}

cstn_status cstn_vocabulary_builder_add_operand(
		cstn_vocabulary_builder *builder, const cstn_operand *operand, cstn_error **error)
{
	cstn_operand given;
	cstn_status status;

	if (!builder || !operand)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "builder or operand is NULL");
	status = cstn__options_read(operand, sizeof(given), sizeof(given),
			CSTN_OPERAND_HAS_LEAST | CSTN_OPERAND_HAS_MOST, "cstn_operand", &given,
			error);
	return status == CSTN_OK ? add_operand(builder->made, &given, error) : status;
}

cstn_status cstn_vocabulary_builder_add_purpose(cstn_vocabulary_builder *builder,
		const char *purpose, size_t len, const char *parent, size_t parent_len,
		cstn_error **error)
{
	if (!builder)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "builder is NULL");
	return add_purpose(builder->made, purpose, len, parent, parent_len, error);
}

cstn_status cstn_vocabulary_builder_add_role(
		cstn_vocabulary_builder *builder, const char *role, size_t len, cstn_error **error)
{
	uint32_t code;

	if (!builder)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "builder is NULL");
	return intern_id(&builder->made->roles, "a role", role, len, &code, error);
}

cstn_status cstn_vocabulary_builder_add_path(cstn_vocabulary_builder *builder, const char *path,
		size_t len, uint32_t classes, cstn_error **error)
{
	cstn_status status;

	if (!builder)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "builder is NULL");
	if (classes > 63)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "classes 0x%x has unknown bits",
				(unsigned int)classes);
	status = cstn_path_check(path, len, error);
	return status == CSTN_OK ? add_path(builder->made, path, len, classes, error) : status;
}

cstn_status cstn_vocabulary_builder_build(
		const cstn_vocabulary_builder *builder, cstn_vocabulary **out, cstn_error **error)
{
	cstn_vocabulary *made = NULL;
	cstn_status status;

	if (!builder || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "builder or out is NULL");
	status = vocabulary_new(&builder->made->allocator, &made, error);
	if (status != CSTN_OK)
		return status;
	status = copy_all(builder->made, made, error);
	if (status == CSTN_OK)
		status = close_graph(made, error);
	if (status == CSTN_OK)
		*out = made;
	else
		vocabulary_free(made);
	return status;
}

/* --- reading ---------------------------------------------------------------------------------- */

cstn_vocabulary *cstn_vocabulary_ref(cstn_vocabulary *vocabulary)
{
	if (vocabulary)
		atomic_fetch_add_explicit(&vocabulary->references, 1, memory_order_relaxed);
	return vocabulary;
}

void cstn_vocabulary_unref(cstn_vocabulary *vocabulary)
{
	if (vocabulary && atomic_fetch_sub_explicit(
					  &vocabulary->references, 1, memory_order_acq_rel) == 1)
		vocabulary_free(vocabulary);
}

cstn_vocabulary *cstn__vocabulary_share(const cstn_vocabulary *vocabulary)
{
	return cstn_vocabulary_ref((cstn_vocabulary *)(uintptr_t)vocabulary);
}

size_t cstn_vocabulary_operand_count(const cstn_vocabulary *vocabulary)
{
	return vocabulary ? vocabulary->operands.count : 0;
}

cstn_status cstn_vocabulary_operand_at(const cstn_vocabulary *vocabulary, size_t index,
		cstn_operand *out, cstn_error **error)
{
	cstn_operand is;

	if (index >= cstn_vocabulary_operand_count(vocabulary))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "operand %zu of %zu", index,
				cstn_vocabulary_operand_count(vocabulary));
	describe(vocabulary, index, &is);
	return cstn__output_write(&is, sizeof(is), sizeof(is), "cstn_operand", out, error);
}

int64_t cstn_vocabulary_find_operand(
		const cstn_vocabulary *vocabulary, const char *name, size_t len)
{
	uint32_t code = vocabulary && name ? cstn__interner_find(&vocabulary->names, name, len)
					   : UINT32_MAX;

	return code == UINT32_MAX ? -1 : (int64_t)code;
}

int32_t cstn_vocabulary_has_purpose(
		const cstn_vocabulary *vocabulary, const char *purpose, size_t len)
{
	return vocabulary && purpose &&
	       cstn__interner_find(&vocabulary->purposes, purpose, len) != UINT32_MAX;
}

int32_t cstn_vocabulary_covers(const cstn_vocabulary *vocabulary, const char *above,
		size_t above_len, const char *purpose, size_t len)
{
	uint32_t a, b;

	if (!vocabulary || !above || !purpose)
		return 0;
	a = cstn__interner_find(&vocabulary->purposes, above, above_len);
	b = cstn__interner_find(&vocabulary->purposes, purpose, len);
	return a != UINT32_MAX && b != UINT32_MAX &&
	       cstn__vocabulary_purpose_covers(vocabulary, a, b);
}

int32_t cstn_vocabulary_has_role(const cstn_vocabulary *vocabulary, const char *role, size_t len)
{
	return vocabulary && role &&
	       cstn__interner_find(&vocabulary->roles, role, len) != UINT32_MAX;
}

/* Codes of a path and of the star above it; UINT32_MAX where they were not added. */
static void find_path(const cstn_vocabulary *vocabulary, const char *path, size_t len,
		uint32_t *own, uint32_t *star)
{
	char above[CSTN_PATH_MOST + 2];

	*own = *star = UINT32_MAX;
	if (!vocabulary || !path || cstn_path_check(path, len, NULL) != CSTN_OK)
		return;
	*own = cstn__interner_find(&vocabulary->paths, path, len);
	*star = cstn__interner_find(&vocabulary->paths, above, cstn__path_star(path, len, above));
}

int32_t cstn_vocabulary_has_path(const cstn_vocabulary *vocabulary, const char *path, size_t len)
{
	uint32_t own, star;

	find_path(vocabulary, path, len, &own, &star);
	if (own != UINT32_MAX || star != UINT32_MAX || !vocabulary || !path ||
			!cstn__path_is_star(path, len))
		return own != UINT32_MAX || star != UINT32_MAX;
	for (size_t i = 0; i < vocabulary->paths.count; i++)
		if (cstn_path_covers(path, len, vocabulary->paths.items[i].text,
				    vocabulary->paths.items[i].len))
			return 1;
	return 0;
}

uint32_t cstn_vocabulary_classes(const cstn_vocabulary *vocabulary, const char *path, size_t len)
{
	uint32_t own, star, classes, all = 0;
	size_t i;

	find_path(vocabulary, path, len, &own, &star);
	classes = star == UINT32_MAX ? 0 : vocabulary->classes.items[star];
	if (own != UINT32_MAX)
		classes |= vocabulary->classes.items[own];
	if (!classes) /* a star: what else there is of the noun is of no class */
		classes = CSTN_CLASS_DEFAULT;
	if (!vocabulary || !path || !cstn__path_is_star(path, len))
		return classes;
	for (i = 0; i < vocabulary->paths.count; i++)
		if (cstn_path_covers(path, len, vocabulary->paths.items[i].text,
				    vocabulary->paths.items[i].len))
			all |= vocabulary->classes.items[i];
	return classes | all;
}

const cstn__operand *cstn__vocabulary_operand(const cstn_vocabulary *vocabulary, size_t index)
{
	return vocabulary->operands.items + index;
}

const cstn_allocator *cstn__vocabulary_allocator(const cstn_vocabulary *vocabulary)
{
	return &vocabulary->allocator;
}

const cstn__interner *cstn__vocabulary_purposes(const cstn_vocabulary *vocabulary)
{
	return &vocabulary->purposes;
}

int cstn__vocabulary_purpose_covers(
		const cstn_vocabulary *vocabulary, uint32_t above, uint32_t purpose)
{
	return vocabulary->above[purpose * vocabulary->row + above / 8] >> above % 8 & 1;
}
