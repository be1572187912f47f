/* The nouns as the tapes use them, and the list of all that was ever put and deleted. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tape.h"

#define K TAPE_IS_KEY
#define R TAPE_IS_REQUIRED
#define L TAPE_IS_LINE
#define E TAPE_IS_EMPTY
#define N TAPE_IS_RECORDED
#define P TAPE_IS_PARTNER
#define TO(noun) (TAPE_##noun + 1)

const tape_noun tape_nouns[TAPE_NOUNS] = {
		{"partner", 0, 0,
				{{"partner_id", 't', K | R | P, 0}, {"recorded", 'u', R | N, 0},
						{"name", 't', 0, 0}, {"role", 't', 0, 0},
						{"parent_id", 't', P, TO(PARTNER)},
						{NULL, 0, 0, 0}}},
		{"constellation", 0, 0,
				{{"constellation_id", 't', K | R, 0}, {"recorded", 'u', R | N, 0},
						{"owner_id", 't', R | P, TO(PARTNER)},
						{"from", 'u', 0, 0}, {"until", 'u', 0, 0},
						{NULL, 0, 0, 0}}},
		{"relation", 0, 0,
				{{"declarer_id", 't', K | R | P, TO(PARTNER)},
						{"other_id", 't', K | R | P, TO(PARTNER)},
						{"constellation_id", 't', K | R, TO(CONSTELLATION)},
						{"recorded", 'u', R | N, 0},
						{"relation", 't', R, 0}, {"from", 'u', 0, 0},
						{"until", 'u', 0, 0}, {NULL, 0, 0, 0}}},
		{"purpose", 0, 0,
				{{"purpose_id", 't', K | R, 0},
						{"constellation_id", 't', K | R, TO(CONSTELLATION)},
						{"parent_id", 't', K | E, 0},
						{"recorded", 'u', R | N, 0}, {"name", 't', 0, 0},
						{NULL, 0, 0, 0}}},
		{"item", 0, 0,
				{{"item_id", 't', K | R, 0}, {"owner", 't', K | E | P, TO(PARTNER)},
						{"recorded", 'u', R | N, 0}, {"name", 't', 0, 0},
						{"price_minor", 'l', 0, 0}, {"currency", 't', 0, 0},
						{NULL, 0, 0, 0}}},
		{"location", 0, 0,
				{{"location_id", 't', K | R, 0},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"recorded", 'u', R | N, 0}, {"type", 't', R, 0},
						{"country", 't', R, 0},
						{"partner_id", 't', P, TO(PARTNER)},
						{NULL, 0, 0, 0}}},
		{"order", 0, 1,
				{{"order_id", 't', K | R, 0},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"order_recorded", 'u', R | N, 0},
						{"seller", 't', R | P, TO(PARTNER)},
						{"buyer", 't', R | P, TO(PARTNER)},
						{"ordered", 'u', R, 0},
						{"state", 't', TAPE_IS_STATE, 0},
						{"cancelled_by", 't', 0, 0},
						{"line_number", 'i', R | L, 0},
						{"item_id", 't', R | L, TO(ITEM)},
						{"qty", 'l', R | L, 0},
						{"qty_cancelled", 'l', L, 0},
						{"qty_cancelled_by", 't', L, 0},
						{"qty_delivered", 'l', L, 0}, {NULL, 0, 0, 0}}},
		{"shipment", 0, 1,
				{{"shipment_id", 't', K | R, 0},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"recorded", 'u', R | N, 0},
						{"from_location", 't', R, TO(LOCATION)},
						{"to_location", 't', R, TO(LOCATION)},
						{"state", 't', TAPE_IS_STATE, 0},
						{"carrier", 't', P, TO(PARTNER)},
						{"tolerance_ppm", 'l', 0, 0},
						{"order_id", 't', R | L, TO(ORDER)},
						{"line_number", 'i', R | L, 0}, {"lot", 't', L, 0},
						{"qty", 'l', R | L, 0}, {NULL, 0, 0, 0}}},
		{"event", 1, 0,
				{{"event_id", 't', K | R, 0},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"recorded", 'u', R | N, 0},
						{"subject_kind", 't', R, 0},
						{"subject_id", 't', R, 0},
						{"line_number", 'i', 0, 0}, {"type", 't', R, 0},
						{"class", 't', R, 0}, {"occurred", 'u', R, 0},
						{"source_id", 't', P, 0},
						{"source_role", 't', 0, 0}, {"corrects", 't', 0, 0},
						{NULL, 0, 0, 0}}},
		{"return", 0, 0,
				{{"return_id", 't', K | R, 0},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"recorded", 'u', R | N, 0},
						{"order_id", 't', R, TO(ORDER)},
						{"line_number", 'i', R, 0}, {"qty", 'l', R, 0},
						{"reason", 't', R, 0}, {"requested", 'u', R, 0},
						{NULL, 0, 0, 0}}},
		{"inventory", 0, 0,
				{{"location_id", 't', K | R, TO(LOCATION)},
						{"item_id", 't', K | R, TO(ITEM)},
						{"status", 't', K | R, 0}, {"lot", 't', K | E, 0},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"number", 'l', K | E, 0},
						{"recorded", 'u', R | N, 0}, {"as_of", 'u', R, 0},
						{"qty", 'l', R, 0}, {"reserved", 'l', 0, 0},
						{NULL, 0, 0, 0}}},
};

size_t tape_field_count(int noun)
{
	size_t n = 0;

	while (tape_nouns[noun].fields[n].name)
		n++;
	return n;
}

size_t tape_field_find(int noun, const char *name)
{
	size_t n = 0;

	while (tape_nouns[noun].fields[n].name && strcmp(tape_nouns[noun].fields[n].name, name))
		n++;
	if (!tape_nouns[noun].fields[n].name) {
		fprintf(stderr, "the tapes know no field %s\n", name);
		abort();
	}
	return n;
}

int64_t tape_number(const tape_cell *cell)
{
	return strtoll(cell->text, NULL, 10);
}

void tape_key_of(const tape_record *record, char out[TAPE_KEY_TEXT])
{
	const tape_field *fields = tape_nouns[record->noun].fields;
	size_t at = 0;

	out[0] = 0;
	for (size_t i = 0; fields[i].name && fields[i].flags & TAPE_IS_KEY; i++) {
		const tape_cell *cell = &record->cells[0][i];
		const char *none = fields[i].type == 't' ? "" : "0";

		at += (size_t)snprintf(out + at, TAPE_KEY_TEXT - at, "%s%s", i ? "," : "",
				cell->there ? cell->text : none);
	}
}

int64_t tape_recorded(const tape_record *record)
{
	const tape_field *fields = tape_nouns[record->noun].fields;
	size_t i = 0;

	while (!(fields[i].flags & TAPE_IS_RECORDED))
		i++;
	return tape_number(&record->cells[0][i]);
}

/* --- the list --------------------------------------------------------------------------------- */

void tape_list_add(tape_list *list, const tape_record *record, int deleted, int64_t recorded)
{
	tape_entry *entry;

	list->items = test_grow(list->items, &list->capacity, list->n + 1, sizeof(*list->items));
	entry = &list->items[list->n++];
	memset(entry, 0, sizeof(*entry));
	entry->record = *record;
	entry->deleted = deleted;
	entry->recorded = recorded;
	tape_key_of(record, entry->key);
}

static int same_key(const tape_entry *entry, int noun, const char *key)
{
	return entry->record.noun == noun && strcmp(entry->key, key) == 0;
}

static size_t last_of(const tape_list *list, int noun, const char *key)
{
	size_t i = list->n;

	while (i && !same_key(&list->items[i - 1], noun, key))
		i--;
	return i;
}

void tape_model_commit(tape_model *model, const tape_list *entries)
{
	if (!entries->n)
		return;
	model->last_seq++;
	for (size_t i = 0; i < entries->n; i++) {
		const tape_entry *from = &entries->items[i];
		size_t before = last_of(&model->list, from->record.noun, from->key);
		tape_entry *to;

		tape_list_add(&model->list, &from->record, from->deleted, from->recorded);
		to = &model->list.items[model->list.n - 1];
		to->seq = model->last_seq;
		to->before = before;
		if (before)
			model->list.items[before - 1].after = model->list.n;
	}
}

void tape_model_cut(tape_model *model, uint64_t seq)
{
	tape_list *list = &model->list;

	while (list->n && list->items[list->n - 1].seq > seq) {
		size_t before = list->items[list->n - 1].before;

		if (before)
			list->items[before - 1].after = 0;
		list->n--;
	}
	model->last_seq = seq;
}

void tape_model_free(tape_model *model)
{
	free(model->list.items);
	memset(model, 0, sizeof(*model));
}

/* --- what is there ---------------------------------------------------------------------------- */

const tape_record *tape_live(const tape_view *view, int noun, const char *key, uint64_t *seq)
{
	const tape_list *list = &view->model->list;
	size_t i = last_of(&view->own, noun, key);

	if (seq)
		*seq = 0;
	if (i)
		return view->own.items[i - 1].deleted ? NULL : &view->own.items[i - 1].record;
	for (i = last_of(list, noun, key); i && list->items[i - 1].seq > view->seq;)
		i = list->items[i - 1].before;
	if (!i || list->items[i - 1].deleted)
		return NULL;
	if (seq)
		*seq = list->items[i - 1].seq;
	return &list->items[i - 1].record;
}

int64_t tape_last_known(const tape_view *view, int noun, const char *key)
{
	const tape_list *list = &view->model->list;
	size_t i = last_of(&view->own, noun, key);

	if (i)
		return view->own.items[i - 1].recorded;
	for (i = last_of(list, noun, key); i && list->items[i - 1].seq > view->seq;)
		i = list->items[i - 1].before;
	return i ? list->items[i - 1].recorded : INT64_MIN;
}

int tape_is_visible(const tape_model *model, size_t i, uint64_t seq, int64_t as_of)
{
	const tape_entry *items = model->list.items;

	if (items[i].deleted || items[i].seq > seq || items[i].recorded > as_of)
		return 0;
	for (size_t k = items[i].after; k; k = items[k - 1].after)
		if (items[k - 1].seq <= seq && items[k - 1].recorded <= as_of)
			return 0;
	return 1;
}
