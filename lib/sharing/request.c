/* Requests: who wants which fields of whom, what for, when.
 *
 * A request is copied into an arena of its own, its fields sorted by their bytes, so that what is
 * decided does not depend on the order in which they were named. Its canonical JSON (RFC 8785) is
 * written by hand: names are ASCII and stand in their order, ids have no control bytes. Cost:
 * O(size), and a sort of the fields. */
#include "sharing/request.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/sha256.h"
#include "base/sort.h"
#include "network/json_tree.h"
#include "sharing/canonical_json.h"
#include "sharing/field_path.h"
#include "sharing/note_lines.h"
#include "sharing/vocabulary.h"

static int by_bytes(const void *a, const void *b, void *context)
{
	(void)context;
	return cstn__id_order(a, b);
}

/* --- what a request must be ------------------------------------------------------------------- */

/* Words of a constellation are longer than ids of parties. */
static cstn_status word_check(const char *word, const char *what, cstn_error **error)
{
	if (!word)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL", what);
	if (!cstn__id_is_valid(word, strlen(word)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%s '%.64s' is not 1 to %d bytes of UTF-8 without control bytes",
				what, word, CSTN_CONSTRAINT_ID_MOST);
	return CSTN_OK;
}

static cstn_status check_ids(const cstn_request_options *given, cstn_error **error)
{
	cstn_status status = cstn__id_check_text(given->constellation, "constellation", error);

	if (status == CSTN_OK)
		status = cstn__id_check_text(given->provider, "provider", error);
	if (status == CSTN_OK)
		status = cstn__id_check_text(given->recipient, "recipient", error);
	if (status == CSTN_OK)
		status = word_check(given->purpose, "purpose", error);
	if (status == CSTN_OK && given->role)
		status = word_check(given->role, "role", error);
	if (status == CSTN_OK && strcmp(given->provider, given->recipient) == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "'%s' is provider and recipient",
				given->provider);
	for (size_t i = 0; i < given->n_hops && status == CSTN_OK; i++)
		status = cstn__id_check_text(given->hops[i], "hop", error);
	return status;
}

static cstn_status check_sizes(const cstn_request_options *given, cstn_error **error)
{
	if (given->n_paths > CSTN_REQUEST_PATHS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu fields, a request has at most %d",
				given->n_paths, CSTN_REQUEST_PATHS_MOST);
	if (given->n_hops > CSTN_REQUEST_HOPS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu hops, data go through at most %d",
				given->n_hops, CSTN_REQUEST_HOPS_MOST);
	if (given->n_facts > CSTN_REQUEST_FACTS_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "%zu facts, a request has at most %d",
				given->n_facts, CSTN_REQUEST_FACTS_MOST);
	if ((given->n_paths && !given->paths) || (given->n_hops && !given->hops) ||
			(given->n_facts && !given->facts))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				given->n_paths && !given->paths ? "paths"
				: given->n_hops && !given->hops ? "hops"
								: "facts");
	return CSTN_OK;
}

static cstn_status check_request(const cstn_request_options *given, cstn_error **error)
{
	cstn_status status = check_sizes(given, error);

	if (status == CSTN_OK)
		status = check_ids(given, error);
	if (status != CSTN_OK)
		return status;
	if (!given->action || given->action & (given->action - 1) ||
			given->action & ~(uint32_t)(CSTN_ACTION_USE | CSTN_ACTION_TRANSFER))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"action 0x%" PRIx32 " is not one of CSTN_ACTION_...",
				given->action);
	if (given->level < 0 || given->level > CSTN_LEVEL_EXISTENCE)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"level %" PRId32 " is not one of CSTN_LEVEL_...", given->level);
	if ((given->data_from_us || given->data_until_us) &&
			given->data_from_us >= given->data_until_us)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"data from %" PRId64 " until %" PRId64 ": the window is empty",
				given->data_from_us, given->data_until_us);
	return CSTN_OK;
}

/* --- making one ------------------------------------------------------------------------------- */

static int copy_id(cstn__arena *arena, const char *text, cstn_id *out)
{
	if (!text)
		return 0;
	out->len = strlen(text);
	out->text = cstn__arena_copy(arena, text, out->len);
	return out->text ? 0 : -1;
}

static int copy_list(cstn__arena *arena, const char *const *texts, size_t n, cstn_id **out)
{
	cstn_id *list = cstn__arena_alloc(arena, cstn__array_size(n, sizeof(*list)));

	if (!list)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (copy_id(arena, texts[i], &list[i]))
			return -1;
	*out = list;
	return 0;
}

static cstn_status check_paths(const cstn_request *request, cstn_error **error)
{
	for (size_t i = 0; i < request->n_paths; i++) {
		const cstn_id *path = &request->paths[i];

		if (!cstn__id_is_valid(path->text, path->len))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"field '%.64s' is not 1 to %d bytes of UTF-8 without "
					"control bytes",
					path->text, CSTN_PATH_MOST);
		if (i > 0 && cstn__id_order(path, path - 1) == 0)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"field '%s' is named twice", path->text);
	}
	return CSTN_OK;
}

/* The star above each field, which decisions look up beside it. */
static cstn_status find_stars(cstn_request *request, cstn_error **error)
{
	request->stars = cstn__arena_alloc(&request->arena,
			cstn__array_size(request->n_paths, sizeof(*request->stars)));
	if (!request->stars)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < request->n_paths; i++) {
		const cstn_id *path = &request->paths[i];
		cstn_id *star = &request->stars[i];
		char room[CSTN_PATH_MOST + 2];

		*star = (cstn_id){NULL, 0};
		if (cstn_path_check(path->text, path->len, NULL) != CSTN_OK ||
				cstn__path_is_star(path->text, path->len))
			continue;
		star->len = cstn__path_star(path->text, path->len, room);
		star->text = cstn__arena_copy(&request->arena, room, star->len);
		if (!star->text)
			return cstn__fail_nomem(error);
	}
	return CSTN_OK;
}

/* --- facts ------------------------------------------------------------------------------------ */

static cstn_status check_fact(const cstn_fact *fact, size_t index, cstn_error **error)
{
	int named = fact->type == CSTN_OPERAND_ID || fact->type == CSTN_OPERAND_ID_SET;

	if (!fact->operand || !cstn__id_is_valid(fact->operand, fact->operand_len))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"fact %zu has no operand of 1 to %d bytes of UTF-8", index,
				CSTN_PATH_MOST);
	if (fact->type < CSTN_OPERAND_INT64 || fact->type > CSTN_OPERAND_ID_SET ||
			fact->scale < 0 || fact->scale > 18)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"fact %zu: type %" PRId32 ", scale %" PRId32 ": unknown", index,
				fact->type, fact->scale);
	if (named != (fact->n_ids > 0) && fact->type != CSTN_OPERAND_ID_SET)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"fact %zu has %zu ids, which its type does not take", index,
				fact->n_ids);
	for (size_t i = 0; i < fact->n_ids; i++)
		if (!fact->ids || !fact->ids[i].text ||
				!cstn__id_is_valid(fact->ids[i].text, fact->ids[i].len))
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"fact %zu: id %zu is not 1 to %d bytes of UTF-8", index, i,
					CSTN_PATH_MOST);
	return CSTN_OK;
}

static int copy_fact(cstn__arena *arena, const cstn_fact *given, cstn_fact *out)
{
	cstn_id *ids;

	*out = *given;
	out->operand = cstn__arena_copy(arena, given->operand, given->operand_len);
	if (!out->operand)
		return -1;
	ids = cstn__arena_alloc(arena, cstn__array_size(given->n_ids, sizeof(*ids)));
	if (!ids)
		return -1;
	for (size_t i = 0; i < given->n_ids; i++) {
		ids[i].len = given->ids[i].len;
		ids[i].text = cstn__arena_copy(arena, given->ids[i].text, ids[i].len);
		if (!ids[i].text)
			return -1;
	}
	out->ids = ids;
	out->n_ids = given->type == CSTN_OPERAND_ID_SET ? cstn__ids_sort(ids, given->n_ids)
							: given->n_ids;
	return 0;
}

/* By operand; facts that differ in anything have an order, so that their bytes have one. */
static int by_operand(const void *a, const void *b, void *context)
{
	const cstn_fact *x = a, *y = b;
	const cstn_id of_x = {x->operand, x->operand_len}, of_y = {y->operand, y->operand_len};
	int order = cstn__id_order(&of_x, &of_y);

	(void)context;
	if (!order)
		order = (x->type > y->type) - (x->type < y->type);
	if (!order)
		order = (x->scale > y->scale) - (x->scale < y->scale);
	if (!order)
		order = (x->number > y->number) - (x->number < y->number);
	if (!order)
		order = (x->n_ids > y->n_ids) - (x->n_ids < y->n_ids);
	for (size_t i = 0; i < x->n_ids && !order; i++)
		order = cstn__id_order(&x->ids[i], &y->ids[i]);
	return order;
}

static cstn_status copy_facts(
		cstn_request *request, const cstn_request_options *given, cstn_error **error)
{
	request->facts = cstn__arena_alloc(
			&request->arena, cstn__array_size(given->n_facts, sizeof(*request->facts)));
	if (!request->facts)
		return cstn__fail_nomem(error);
	for (size_t i = 0; i < given->n_facts; i++) {
		cstn_status status = check_fact(&given->facts[i], i, error);

		if (status != CSTN_OK)
			return status;
		if (copy_fact(&request->arena, &given->facts[i], &request->facts[i]))
			return cstn__fail_nomem(error);
	}
	request->n_facts = given->n_facts;
	cstn__sort(request->facts, request->n_facts, sizeof(*request->facts), by_operand, NULL);
	return CSTN_OK;
}

static cstn_status fill(
		cstn_request *request, const cstn_request_options *given, cstn_error **error)
{
	cstn__arena *arena = &request->arena;

	request->flags = given->flags;
	request->action = given->action;
	request->level = given->level ? given->level : CSTN_LEVEL_RAW;
	request->has_window = given->data_from_us || given->data_until_us;
	request->data_from_us = given->data_from_us;
	request->data_until_us = given->data_until_us;
	request->now_us = given->now_us;
	request->rows = given->rows;
	request->nano_epsilon = given->nano_epsilon;
	memcpy(request->nonce, given->nonce, sizeof(request->nonce));
	for (size_t i = 0; i < given->n_paths; i++)
		if (!given->paths[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "field %zu is NULL", i);
	if (copy_id(arena, given->constellation, &request->constellation) ||
			copy_id(arena, given->provider, &request->provider) ||
			copy_id(arena, given->recipient, &request->recipient) ||
			copy_id(arena, given->role, &request->role) ||
			copy_id(arena, given->purpose, &request->purpose) ||
			copy_list(arena, given->paths, given->n_paths, &request->paths) ||
			copy_list(arena, given->hops, given->n_hops, &request->hops))
		return cstn__fail_nomem(error);
	request->n_paths = given->n_paths;
	request->n_hops = given->n_hops;
	cstn__sort(request->paths, request->n_paths, sizeof(*request->paths), by_bytes, NULL);
	return check_paths(request, error);
}

cstn_status cstn_request_new(const cstn_request_options *options, const cstn_allocator *allocator,
		cstn_request **out, cstn_error **error)
{
	cstn_request_options given;
	cstn_request *request;
	cstn_allocator memory;
	cstn_status status;

	if (!options || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				out ? "options" : "out");
	status = cstn__options_read(options, sizeof(given), sizeof(given),
			CSTN_REQUEST_DOWNGRADE_OK | CSTN_REQUEST_ALL_OR_NOTHING,
			"cstn_request_options", &given, error);
	if (status == CSTN_OK)
		status = check_request(&given, error);
	if (status == CSTN_OK)
		status = cstn__handle_new(allocator, sizeof(*request), &memory, &request, error);
	if (status != CSTN_OK)
		return status;
	request->allocator = memory;
	atomic_init(&request->references, 1);
	cstn__arena_init(&request->arena, &memory);
	status = fill(request, &given, error);
	if (status == CSTN_OK)
		status = find_stars(request, error);
	if (status == CSTN_OK)
		status = copy_facts(request, &given, error);
	if (status != CSTN_OK) {
		cstn_request_unref(request);
		return status;
	}
	*out = request;
	return CSTN_OK;
}

void cstn__request_options_of(
		const cstn_request *request, const char **room, cstn_request_options *out)
{
	*out = (cstn_request_options){.struct_size = sizeof(*out),
			.flags = request->flags,
			.constellation = request->constellation.text,
			.provider = request->provider.text,
			.recipient = request->recipient.text,
			.role = request->role.len ? request->role.text : NULL,
			.purpose = request->purpose.text,
			.action = request->action,
			.level = request->level,
			.paths = room,
			.n_paths = request->n_paths,
			.data_from_us = request->data_from_us,
			.data_until_us = request->data_until_us,
			.hops = room + request->n_paths,
			.n_hops = request->n_hops,
			.facts = request->facts,
			.n_facts = request->n_facts,
			.now_us = request->now_us,
			.rows = request->rows,
			.nano_epsilon = request->nano_epsilon};
	memcpy(out->nonce, request->nonce, sizeof(out->nonce));
	for (size_t i = 0; i < request->n_paths; i++)
		room[i] = request->paths[i].text;
	for (size_t i = 0; i < request->n_hops; i++)
		room[request->n_paths + i] = request->hops[i].text;
}

cstn_status cstn__request_with_epsilon(const cstn_request *request, uint64_t nano_epsilon,
		cstn_request **out, cstn_error **error)
{
	size_t n = request->n_paths + request->n_hops;
	const char **room = cstn__alloc(&request->allocator, cstn__array_size(n, sizeof(*room)));
	cstn_request_options options;
	cstn_status status;

	if (!room)
		return cstn__fail_nomem(error);
	cstn__request_options_of(request, room, &options);
	options.nano_epsilon = nano_epsilon;
	status = cstn_request_new(&options, &request->allocator, out, error);
	cstn__free(&request->allocator, room, n * sizeof(*room));
	return status;
}

cstn_request *cstn_request_ref(cstn_request *request)
{
	if (request)
		atomic_fetch_add_explicit(&request->references, 1, memory_order_relaxed);
	return request;
}

void cstn_request_unref(cstn_request *request)
{
	cstn_allocator allocator;

	if (!request || atomic_fetch_sub_explicit(&request->references, 1, memory_order_acq_rel) !=
					1)
		return;
	allocator = request->allocator;
	cstn__arena_free(&request->arena);
	cstn__free(&allocator, request, sizeof(*request));
}

/* --- its bytes -------------------------------------------------------------------------------- */

void cstn__canonical_put_uint(cstn__bytes *out, const char *name, uint64_t value)
{
	const char *quote = value > (uint64_t)CSTN__CANONICAL_INTEGER_MAX ? "\"" : "";

	cstn__json_put_name(out, name);
	cstn__bytes_put_format(out, "%s%" PRIu64 "%s", quote, value, quote);
}

void cstn__canonical_put_int(cstn__bytes *out, const char *name, int64_t value)
{
	const char *quote = value < -CSTN__CANONICAL_INTEGER_MAX ? "\"" : "";

	if (value >= 0) {
		cstn__canonical_put_uint(out, name, (uint64_t)value);
		return;
	}
	cstn__json_put_name(out, name);
	cstn__bytes_put_format(out, "%s%" PRId64 "%s", quote, value, quote);
}

void cstn__canonical_put_hex(cstn__bytes *out, const char *name, const uint8_t *data, size_t size)
{
	cstn__json_put_name(out, name);
	cstn__bytes_put_u8(out, '"');
	for (size_t i = 0; i < size; i++)
		cstn__bytes_put_format(out, "%02x", data[i]);
	cstn__bytes_put_u8(out, '"');
}

static void put_id(cstn__bytes *out, const char *name, const cstn_id *id)
{
	cstn__json_put_member(out, name, id->text, id->len);
}

static void put_list(cstn__bytes *out, const char *name, const cstn_id *list, size_t n)
{
	cstn__json_put_name(out, name);
	cstn__bytes_put_u8(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			cstn__bytes_put_u8(out, ',');
		cstn__json_put_text(out, list[i].text, list[i].len);
	}
	cstn__bytes_put_u8(out, ']');
}

static void put_facts(cstn__bytes *out, const cstn_request *request)
{
	cstn__json_put_name(out, "facts");
	cstn__bytes_put_u8(out, '[');
	for (size_t i = 0; i < request->n_facts; i++) {
		const cstn_fact *fact = &request->facts[i];
		int named = fact->type == CSTN_OPERAND_ID || fact->type == CSTN_OPERAND_ID_SET;

		cstn__bytes_put_text(out, i > 0 ? ",{" : "{");
		if (named)
			put_list(out, "ids", fact->ids, fact->n_ids);
		else
			cstn__canonical_put_int(out, "number", fact->number);
		cstn__json_put_member(out, "operand", fact->operand, fact->operand_len);
		if (fact->type == CSTN_OPERAND_DECIMAL)
			cstn__canonical_put_int(out, "scale", fact->scale);
		cstn__canonical_put_int(out, "type", fact->type);
		cstn__bytes_put_u8(out, '}');
	}
	cstn__bytes_put_u8(out, ']');
}

void cstn__request_put(const cstn_request *request, cstn__bytes *out)
{
	cstn__bytes_put_u8(out, '{');
	cstn__canonical_put_uint(out, "action", request->action);
	put_id(out, "constellation", &request->constellation);
	if (request->has_window) {
		cstn__canonical_put_int(out, "data_from_us", request->data_from_us);
		cstn__canonical_put_int(out, "data_until_us", request->data_until_us);
	}
	put_facts(out, request);
	cstn__canonical_put_uint(out, "flags", request->flags);
	put_list(out, "hops", request->hops, request->n_hops);
	cstn__canonical_put_int(out, "level", request->level);
	cstn__canonical_put_uint(out, "nano_epsilon", request->nano_epsilon);
	cstn__canonical_put_hex(out, "nonce", request->nonce, sizeof(request->nonce));
	cstn__canonical_put_int(out, "now_us", request->now_us);
	put_list(out, "paths", request->paths, request->n_paths);
	put_id(out, "provider", &request->provider);
	put_id(out, "purpose", &request->purpose);
	put_id(out, "recipient", &request->recipient);
	if (request->role.len)
		put_id(out, "role", &request->role);
	cstn__canonical_put_uint(out, "rows", request->rows);
	cstn__bytes_put_u8(out, '}');
}

void cstn__digest_of(const char *first_line, const cstn__bytes *bytes,
		uint8_t out[CSTN_DECISION_DIGEST_SIZE])
{
	cstn__sha256_state state;

	cstn__sha256_init(&state, cstn__sha256_hardware());
	cstn__sha256_put(&state, first_line, strlen(first_line));
	cstn__sha256_put(&state, bytes->data, bytes->size);
	cstn__sha256_end(&state, out);
}

cstn_status cstn_request_digest(const cstn_request *request, uint8_t *out, cstn_error **error)
{
	cstn__bytes bytes;
	cstn_status status = CSTN_OK;

	if (!request || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				request ? "out" : "request");
	cstn__bytes_init(&bytes, &request->allocator);
	cstn__request_put(request, &bytes);
	if (bytes.failed)
		status = cstn__fail_nomem(error);
	else
		cstn__digest_of("cstn/request/v1\n", &bytes, out);
	cstn__bytes_free(&bytes);
	return status;
}

cstn_status cstn_request_json(const cstn_request *request, cstn_buffer **out, cstn_error **error)
{
	cstn__bytes bytes;

	if (!request || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				request ? "out" : "request");
	cstn__bytes_init(&bytes, &request->allocator);
	cstn__request_put(request, &bytes);
	return cstn__bytes_to_buffer(&bytes, out, error);
}
