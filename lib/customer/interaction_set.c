/* A set of interactions: each under its id, once.
 *
 * The same content again is no change and other content is a conflict, whichever came first; a call
 * that meets one changes nothing. So a set does not depend on the order, the split or the
 * repetition of what came. What a stream or another set brings is looked at as a whole before
 * anything of it is put in. 64 bytes an interaction, O(1) each. */
#include "customer/interaction_set.h"

#include <inttypes.h>
#include <string.h>

#include "base/bitmap.h"
#include "base/error.h"

const char *const cstn__interaction_words[CSTN__WORDS] = {
		"reason", "item", "carrier", "lane", "node", "segment", "stage"};
static const char *const id_names[CSTN__IDS] = {"event_id", "customer", "order_id"};

void cstn__interactions_init(cstn_interactions *set, const cstn_allocator *allocator)
{
	int i;

	memset(set, 0, sizeof(*set));
	set->allocator = *allocator;
	for (i = 0; i < CSTN__IDS; i++)
		cstn__codes_init(&set->ids[i], 0, allocator);
	cstn__interner_init(&set->words, allocator, 0);
}

void cstn__interactions_clear(cstn_interactions *set)
{
	int i;

	for (i = 0; i < CSTN__IDS; i++)
		cstn__codes_free(&set->ids[i]);
	cstn__interner_free(&set->words);
	cstn__array_free(&set->allocator, &set->items);
}

void cstn__interactions_set_type(cstn_interactions *set, int which, int32_t type)
{
	if (set->types[which] == type)
		return;
	cstn__codes_free(&set->ids[which]);
	cstn__codes_init(&set->ids[which], type == CSTN_TYPE_TEXT, &set->allocator);
	set->types[which] = type;
}

cstn_status cstn_interactions_new(
		const cstn_allocator *allocator, cstn_interactions **out, cstn_error **error)
{
	cstn_interactions *set;
	cstn_allocator memory;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = cstn__handle_new(allocator, sizeof(*set), &memory, &set, error);
	if (status != CSTN_OK)
		return status;
	cstn__interactions_init(set, &memory);
	*out = set;
	return CSTN_OK;
}

void cstn_interactions_free(cstn_interactions *set)
{
	cstn_allocator allocator;

	if (!set)
		return;
	allocator = set->allocator;
	cstn__interactions_clear(set);
	cstn__free(&allocator, set, sizeof(*set));
}

uint64_t cstn_interactions_count(const cstn_interactions *set)
{
	return set ? set->count : 0;
}

/* --- one interaction -------------------------------------------------------------------------- */

/* The first column in which two differ; NULL: none. */
static const char *difference(const cstn__interaction *a, const cstn__interaction *b)
{
	int i;

	if (a->customer != b->customer)
		return "customer";
	if (a->kind != b->kind)
		return "kind";
	if (a->valid_us != b->valid_us)
		return "valid";
	if (a->order != b->order)
		return "order_id";
	if (a->has_number != b->has_number || a->number != b->number)
		return "number";
	for (i = 0; i < CSTN__WORDS; i++)
		if (a->words[i] != b->words[i])
			return cstn__interaction_words[i];
	return NULL;
}

static cstn_status tell_conflict(const cstn_interactions *set, uint32_t event, const char *column,
		cstn_error **error)
{
	cstn__stage_id id = cstn__codes_id(&set->ids[CSTN__IDS_EVENT], event);

	if (set->ids[CSTN__IDS_EVENT].is_text)
		return cstn__fail(error, CSTN_E_CONFLICT, "event '%.*s' is there with another %s",
				(int)id.len, (const char *)(intptr_t)id.number, column);
	return cstn__fail(error, CSTN_E_CONFLICT, "event %" PRId64 " is there with another %s",
			id.number, column);
}

cstn_status cstn__interactions_put(cstn_interactions *set, uint32_t event,
		const cstn__interaction *item, cstn_error **error)
{
	size_t count = set->items.count;
	const char *column;

	if (event >= count) {
		size_t more = event + 1 - count;

		if (cstn__array_reserve(&set->allocator, &set->items, more))
			return cstn__fail_nomem(error);
		memset(set->items.items + count, 0, more * sizeof(*set->items.items));
		set->items.count += more;
	}
	if (set->items.items[event].kind) {
		column = difference(&set->items.items[event], item);
		return column ? tell_conflict(set, event, column, error) : CSTN_OK;
	}
	set->items.items[event] = *item;
	set->count++;
	return CSTN_OK;
}

/* --- merging ---------------------------------------------------------------------------------- */

static cstn_status check_types(
		const cstn_interactions *into, const cstn_interactions *from, cstn_error **error)
{
	int i;

	for (i = 0; i < CSTN__IDS; i++)
		if (into->types[i] && from->types[i] && into->types[i] != from->types[i])
			return cstn__fail(error, CSTN_E_MISMATCH,
					"column '%s' is %s in one set of interactions and %s in "
					"the other",
					id_names[i], cstn_type_name(into->types[i]),
					cstn_type_name(from->types[i]));
	return CSTN_OK;
}

/* The item of `from` with the codes of `into`; 0, or -1 when out of memory. */
static int translate(cstn_interactions *into, const cstn_interactions *from, size_t index,
		cstn__interaction *item, uint32_t *event)
{
	int i;

	*item = from->items.items[index];
	*event = cstn__codes_same(&into->ids[CSTN__IDS_EVENT],
			cstn__codes_id(&from->ids[CSTN__IDS_EVENT], (uint32_t)index));
	item->customer = cstn__codes_same(&into->ids[CSTN__IDS_CUSTOMER],
			cstn__codes_id(&from->ids[CSTN__IDS_CUSTOMER], item->customer));
	if (*event == UINT32_MAX || item->customer == UINT32_MAX)
		return -1;
	if (item->order != CSTN__NO_ORDER) {
		item->order = cstn__codes_same(&into->ids[CSTN__IDS_ORDER],
				cstn__codes_id(&from->ids[CSTN__IDS_ORDER], item->order));
		if (item->order == UINT32_MAX)
			return -1;
	}
	for (i = 0; i < CSTN__WORDS; i++) {
		const struct cstn__interned *word;

		if (!item->words[i])
			continue;
		word = &from->words.items[item->words[i] - 1];
		item->words[i] = cstn__intern(&into->words, word->text, word->len) + 1;
		if (item->words[i] == 0)
			return -1;
	}
	return 0;
}

/* Puts all of `from` in, but for customers whose bit is set in `gone`, if it is not NULL; what is
 * new is told in `fresh`, to be taken out again on failure, unless that is NULL. */
static cstn_status put_all(cstn_interactions *into, const cstn_interactions *from,
		const uint64_t *gone, uint32_t *fresh, size_t *n_fresh, cstn_error **error)
{
	size_t n = from->items.count, i;
	cstn_status status = CSTN_OK;

	for (i = 0; i < n && status == CSTN_OK; i++) {
		uint64_t before = into->count;
		cstn__interaction item;
		uint32_t event;

		if (!from->items.items[i].kind ||
				(gone && cstn__word_bit_get(gone, from->items.items[i].customer)))
			continue;
		if (translate(into, from, i, &item, &event))
			return cstn__fail_nomem(error);
		status = cstn__interactions_put(into, event, &item, error);
		if (fresh && into->count != before)
			fresh[(*n_fresh)++] = event;
	}
	return status;
}

cstn_status cstn_interactions_merge(
		cstn_interactions *into, const cstn_interactions *from, cstn_error **error)
{
	size_t n_fresh = 0, size, i;
	int32_t types[CSTN__IDS];
	uint32_t *fresh;
	cstn_status status;

	if (!into || !from)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "a set of interactions is NULL");
	if (into == from || from->count == 0)
		return CSTN_OK;
	status = check_types(into, from, error);
	if (status == CSTN_OK && into->count + from->count > INT32_MAX)
		status = cstn__fail(error, CSTN_E_LIMIT, "more than 2^31 interactions");
	if (status != CSTN_OK)
		return status;
	memcpy(types, into->types, sizeof(types));
	for (i = 0; i < CSTN__IDS; i++)
		if (!types[i] && from->types[i])
			cstn__interactions_set_type(into, (int)i, from->types[i]);
	size = cstn__array_size(from->items.count, sizeof(*fresh));
	fresh = cstn__alloc(&into->allocator, size);
	status = fresh ? put_all(into, from, NULL, fresh, &n_fresh, error)
		       : cstn__fail_nomem(error);
	for (i = 0; status != CSTN_OK && i < n_fresh; i++) {
		memset(&into->items.items[fresh[i]], 0, sizeof(*into->items.items));
		into->count--;
	}
	for (i = 0; status != CSTN_OK && i < CSTN__IDS; i++)
		cstn__interactions_set_type(into, (int)i, types[i]);
	cstn__free(&into->allocator, fresh, size);
	return status;
}

/* --- forgetting ------------------------------------------------------------------------------- */

static cstn_status forget(cstn_interactions *set, const uint64_t *gone, cstn_error **error)
{
	cstn_interactions fresh, old;
	cstn_status status;
	int i;

	cstn__interactions_init(&fresh, &set->allocator);
	for (i = 0; i < CSTN__IDS; i++)
		cstn__interactions_set_type(&fresh, i, set->types[i]);
	status = put_all(&fresh, set, gone, NULL, NULL, error);
	for (i = 0; i < CSTN__IDS; i++)
		if (cstn__codes_count(&fresh.ids[i]) == 0)
			cstn__interactions_set_type(&fresh, i, 0);
	if (status == CSTN_OK) {
		old = *set;
		*set = fresh;
		fresh = old;
	}
	cstn__interactions_clear(&fresh);
	return status;
}

cstn_status cstn_interactions_remove(
		cstn_interactions *set, struct ArrowArrayStream *customers, cstn_error **error)
{
	const cstn__codes *codes = set ? &set->ids[CSTN__IDS_CUSTOMER] : NULL;
	size_t size = set ? cstn__gone_size(cstn__codes_count(codes)) : 0;
	uint64_t *gone = NULL;
	cstn_status status = cstn__codes_gone(codes, set ? set->types[CSTN__IDS_CUSTOMER] : 0,
			set ? &set->allocator : NULL, customers, &gone, error);

	if (status != CSTN_OK)
		return status;
	status = forget(set, gone, error);
	cstn__free(&set->allocator, gone, size);
	return status;
}
