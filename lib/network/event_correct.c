/* Corrections in EPCIS: an event that is wrong comes a second time with a declaration of error,
 * which lists the events that stand in for it. The link lies in the declaration, so it is known
 * only when all rows were seen.
 *
 * Declarations that are made here leave a place for ids, and the ids of rows whose `corrects` names
 * the same event are put there at the end, in the order of the rows. Declarations that were read
 * from a document keep the list they came with. Whether a row's `corrects` can be read back is
 * found by reading the document. Cost: nothing without such rows; else one more pass over the
 * document. */
#include "network/event_correct.h"

#include <string.h>

#include "network/event_code.h"

void cstn__corrections_init(cstn__corrections *corrections, const cstn_allocator *allocator)
{
	memset(corrections, 0, sizeof(*corrections));
	corrections->allocator = *allocator;
	cstn__arena_init(&corrections->texts, allocator);
	cstn__interner_init(&corrections->wrong, allocator, 2);
}

void cstn__corrections_free(cstn__corrections *corrections)
{
	cstn__array_free(&corrections->allocator, &corrections->correctives);
	cstn__array_free(&corrections->allocator, &corrections->slots);
	cstn__interner_free(&corrections->wrong);
	cstn__arena_free(&corrections->texts);
}

static int copy_text(
		cstn__corrections *corrections, const char *text, size_t len, cstn__event_text *out)
{
	out->text = cstn__arena_copy(&corrections->texts, text, len);
	out->len = len;
	return out->text ? 0 : -1;
}

static int add_corrective(cstn__corrections *corrections, const cstn__event *event,
		const json_t *json, const cstn__corrective *like)
{
	const cstn__event_text *wrong = &event->texts[CSTN__MEMBER_CORRECTS];
	cstn__corrective made = *like;
	size_t len;
	const char *id = cstn__json_text(json, "eventID", &len);

	made.has_id = id != NULL;
	if (copy_text(corrections, wrong->text, wrong->len, &made.corrects) ||
			(id && copy_text(corrections, id, len, &made.id)) ||
			cstn__array_reserve(&corrections->allocator, &corrections->correctives, 1))
		return -1;
	corrections->correctives.items[corrections->correctives.count++] = made;
	return 0;
}

int cstn__corrections_add(cstn__corrections *corrections, const cstn__event *event,
		const json_t *json, uint64_t row, size_t place, size_t slot)
{
	const cstn__event_text *wrong = &event->texts[CSTN__MEMBER_CORRECTS];
	cstn__corrective like = {.row = row, .place = place};
	uint32_t code;

	if (!wrong->text)
		return 0;
	code = cstn__intern(&corrections->wrong, wrong->text, wrong->len);
	if (code == UINT32_MAX)
		return -1;
	like.code = code;
	if (event->type != CSTN__EVENT_CORRECTION)
		return add_corrective(corrections, event, json, &like);
	if (slot == SIZE_MAX)
		return 0;
	if (cstn__array_reserve(&corrections->allocator, &corrections->slots, 1))
		return -1;
	corrections->slots.items[corrections->slots.count++] =
			(struct cstn__correction_slot){slot, code};
	return 0;
}

/* The correctives of each wrong event one after the other: by code the first, by corrective the
 * next; UINT32_MAX ends. */
static uint32_t *chain(const cstn__corrections *corrections, size_t *size)
{
	size_t n = corrections->correctives.count, codes = corrections->wrong.count;
	uint32_t *first;

	*size = (n + codes) * sizeof(*first);
	first = cstn__alloc(&corrections->allocator, *size);
	if (!first)
		return NULL;
	memset(first, 0xff, *size);
	for (size_t i = n; i-- > 0;) {
		uint32_t code = corrections->correctives.items[i].code;

		first[codes + i] = first[code];
		first[code] = (uint32_t)i;
	}
	return first;
}

static void put_ids(const cstn__corrections *corrections, const uint32_t *first, uint32_t code,
		cstn__bytes *out)
{
	size_t codes = corrections->wrong.count;
	int any = 0;

	for (uint32_t i = first[code]; i != UINT32_MAX; i = first[codes + i]) {
		const cstn__corrective *corrective = &corrections->correctives.items[i];

		if (!corrective->has_id)
			continue;
		cstn__bytes_put_text(out, any ? "," : ",\"correctiveEventIDs\":[");
		cstn__json_put_text(out, corrective->id.text, corrective->id.len);
		any = 1;
	}
	if (any)
		cstn__bytes_put_u8(out, ']');
}

int cstn__corrections_fill(cstn__corrections *corrections, cstn__bytes *events)
{
	size_t from = 0, size;
	uint32_t *first;
	cstn__bytes out;

	if (corrections->correctives.count == 0 || corrections->slots.count == 0)
		return 0;
	first = chain(corrections, &size);
	if (!first)
		return -1;
	cstn__bytes_init(&out, &corrections->allocator);
	for (size_t i = 0; i < corrections->slots.count; i++) {
		size_t at = corrections->slots.items[i].at;

		cstn__bytes_put(&out, events->data + from, at - from);
		put_ids(corrections, first, corrections->slots.items[i].code, &out);
		from = at;
	}
	cstn__bytes_put(&out, events->data + from, events->size - from);
	cstn__free(&corrections->allocator, first, size);
	cstn__bytes_free(events);
	*events = out;
	return out.failed ? -1 : 0;
}

cstn_status cstn__corrections_check(cstn__corrections *corrections, cstn__event_reader *reader,
		const cstn__event_format *format, const cstn__bytes *document, uint8_t *held)
{
	const json_t *events = NULL;
	const char *where;
	json_t *tree = NULL;
	cstn_status status = cstn__json_load((const char *)document->data, document->size,
			INT64_MAX, CSTN__JSON_DEPTH_MAX, &tree, NULL);

	if (status == CSTN_OK)
		status = format->open(reader, tree, &events, &where, NULL);
	for (size_t i = 0; i < corrections->correctives.count && status == CSTN_OK; i++) {
		const cstn__corrective *corrective = &corrections->correctives.items[i];
		cstn__event back;
		int good = cstn__event_read(
				reader, format, json_array_get(events, corrective->place), &back);

		if (good < 0)
			status = CSTN_E_NOMEM;
		held[i] = good > 0 && cstn__event_same_text(&back.texts[CSTN__MEMBER_CORRECTS],
						      &corrective->corrects);
	}
	json_decref(tree);
	return status;
}
