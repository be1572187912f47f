/* The list of all that was ever put and deleted, and what of it is there. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tape.h"

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
