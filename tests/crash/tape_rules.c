/* The rules of what may be put, written down for the tapes, and random records that keep or break
 * them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tape.h"

static const tape_cell *cell_of(const tape_record *record, size_t line, const char *name)
{
	return &record->cells[line][tape_field_find(record->noun, name)];
}

static int is(const tape_cell *cell, const char *text)
{
	return cell->there && strcmp(cell->text, text) == 0;
}

static int both_there(const tape_cell *a, const tape_cell *b)
{
	return a->there && b->there;
}

/* --- one record by itself --------------------------------------------------------------------- */

static int is_outside(const tape_field *field, const tape_cell *cell)
{
	int64_t value;

	if (!cell->there)
		return (field->flags & TAPE_IS_REQUIRED) != 0;
	if (field->type == 't')
		return strcmp(cell->text, "nonsense") == 0 ||
		       (cell->text[0] == 0 && field->flags & TAPE_IS_REQUIRED);
	value = tape_number(cell);
	if (field->flags & TAPE_IS_COUNTED)
		return value < 1;
	if (strcmp(field->name, "tolerance_ppm") == 0)
		return value < 0 || value > 1000000;
	return field->type == 'l' && value < 0 && !(field->flags & TAPE_IS_FREE);
}

static int is_quantity_wrong(const tape_record *record, size_t line)
{
	const tape_cell *qty = cell_of(record, line, "qty");

	return qty->there && tape_number(qty) < 1;
}

/* 1 if b is there and not after a. */
static int ends_early(const tape_record *record, const char *a, const char *b)
{
	const tape_cell *from = cell_of(record, 0, a), *until = cell_of(record, 0, b);

	return both_there(from, until) && tape_number(from) >= tape_number(until);
}

static int is_above(const tape_cell *a, const tape_cell *b)
{
	return both_there(a, b) && tape_number(a) > tape_number(b);
}

/* {"name":"text","name":"text"}: no name twice, nothing else in it. */
static int is_object_malformed(const tape_cell *cell)
{
	const char *at = cell->text;
	char seen[TAPE_TEXT] = "";
	size_t n;

	if (*at++ != '{')
		return 1;
	do {
		if (*at++ != '"' || !*at || strchr(seen, *at))
			return 1;
		seen[strlen(seen)] = *at++;
		if (strncmp(at, "\":\"", 3) != 0)
			return 1;
		at += 3;
		n = strcspn(at, "\"");
		at += n;
		if (*at++ != '"')
			return 1;
	} while (*at++ == ',');
	return at[-1] != '}' || *at;
}

static int is_answer_malformed(const tape_record *record)
{
	const tape_cell *number = cell_of(record, 0, "number");
	const tape_cell *min = cell_of(record, 0, "scale_min"),
			*max = cell_of(record, 0, "scale_max");

	if (is(cell_of(record, 0, "kind"), "nps_answer") &&
			(!number->there || tape_number(number) < 0 || tape_number(number) > 10))
		return 1;
	return is_above(min, max) || is_above(number, max) || is_above(min, number);
}

/* A D-U-N-S number has 9 digits; a GLN 13, weighted 1 3 1 3 .. a multiple of 10. */
static int is_identifier_malformed(const tape_record *record)
{
	const tape_cell *scheme = cell_of(record, 0, "scheme");
	const char *text = cell_of(record, 0, "identifier")->text;
	size_t digits = strspn(text, "0123456789");
	int sum = 0;

	if (is(scheme, "duns"))
		return digits != 9 || text[9];
	if (!is(scheme, "gln"))
		return 0;
	for (size_t i = 0; i < 13 && digits == 13; i++)
		sum += (text[i] - '0') * (i % 2 ? 3 : 1);
	return digits != 13 || text[13] || sum % 10;
}

static int is_order_malformed(const tape_record *record)
{
	int cancelled = is(cell_of(record, 0, "state"), "cancelled");

	if (record->n_lines == 0)
		return 1;
	if (cancelled && !cell_of(record, 0, "cancelled_by")->there)
		return 1;
	if (cell_of(record, 0, "cancelled_by")->there && !cancelled)
		return 1;
	for (size_t i = 1; i <= record->n_lines; i++) {
		const tape_cell *gone = cell_of(record, i, "qty_cancelled");

		if (is_quantity_wrong(record, i) || is_above(gone, cell_of(record, i, "qty")))
			return 1;
		if (cell_of(record, i, "attributes")->there &&
				is_object_malformed(cell_of(record, i, "attributes")))
			return 1;
		if (gone->there && tape_number(gone) > 0 &&
				!cell_of(record, i, "qty_cancelled_by")->there)
			return 1;
		for (size_t k = 1; k < i; k++)
			if (strcmp(cell_of(record, i, "line_number")->text,
					    cell_of(record, k, "line_number")->text) == 0)
				return 1;
	}
	return 0;
}

int tape_is_malformed(const tape_record *record)
{
	const tape_field *fields = tape_nouns[record->noun].fields;
	int64_t purpose;

	for (size_t i = 0; fields[i].name; i++) {
		size_t first = fields[i].flags & TAPE_IS_LINE ? 1 : 0;
		size_t end = first ? 1 + record->n_lines : 1;

		for (size_t line = first; line < end; line++)
			if (is_outside(&fields[i], &record->cells[line][i]))
				return 1;
	}
	switch (record->noun) {
	case TAPE_PARTNER:
		return is(cell_of(record, 0, "parent_id"), cell_of(record, 0, "partner_id")->text);
	case TAPE_PURPOSE:
		return is(cell_of(record, 0, "parent_id"), cell_of(record, 0, "purpose_id")->text);
	case TAPE_EVENT:
		return is(cell_of(record, 0, "corrects"), cell_of(record, 0, "event_id")->text);
	case TAPE_RELATION:
		if (is(cell_of(record, 0, "declarer_id"), cell_of(record, 0, "other_id")->text))
			return 1;
		/* fall through */
	case TAPE_CONSTELLATION:
	case TAPE_MEMBERSHIP:
		return ends_early(record, "from", "until");
	case TAPE_ITEM:
		return cell_of(record, 0, "price_minor")->there &&
		       !cell_of(record, 0, "currency")->there;
	case TAPE_ORDER:
		return is_order_malformed(record);
	case TAPE_SHIPMENT:
		if (record->n_lines == 0)
			return 1;
		for (size_t i = 1; i <= record->n_lines; i++)
			if (is_quantity_wrong(record, i))
				return 1;
		return 0;
	case TAPE_RETURN:
		return is_quantity_wrong(record, 0);
	case TAPE_LEG:
		return cell_of(record, 0, "distance_m")->there &&
		       !cell_of(record, 0, "distance_kind")->there;
	case TAPE_CUSTOMER:
		return is(cell_of(record, 0, "kind"), "person") &&
		       cell_of(record, 0, "partner_id")->there;
	case TAPE_INTERACTION:
		return is_answer_malformed(record);
	case TAPE_CONSENT:
		purpose = tape_number(cell_of(record, 0, "purpose"));
		if (purpose > 6 && purpose < 1000)
			return 1;
		return ends_early(record, "valid_from", "valid_until") ||
		       (is(cell_of(record, 0, "purpose"), "5") &&
				       !cell_of(record, 0, "constellation_id")->there);
	case TAPE_IDENTIFIER:
		return is_identifier_malformed(record) || ends_early(record, "from", "until");
	case TAPE_ATTRIBUTE:
		return !cell_of(record, 0, "value")->there && !cell_of(record, 0, "text")->there;
	default:
		return 0;
	}
}

/* --- states ----------------------------------------------------------------------------------- */

static const char *const order_path[] = {"draft", "placed", "accepted", "in_fulfilment", "shipped",
		"delivered", "closed", NULL};
/* Each state and those that may follow it. */
static const char *const shipment_paths[][2] = {
		{"planned", "packed departed in_transit arrived out_for_delivery delivered "
			    "attempt_failed lost sent_back"},
		{"packed", "departed in_transit arrived out_for_delivery delivered attempt_failed "
			   "lost sent_back"},
		{"departed", "in_transit arrived out_for_delivery delivered attempt_failed lost "
			     "sent_back"},
		{"in_transit", "departed arrived out_for_delivery delivered attempt_failed lost "
			       "sent_back"},
		{"arrived", "departed in_transit out_for_delivery delivered attempt_failed lost "
			    "sent_back"},
		{"out_for_delivery", "arrived delivered attempt_failed lost sent_back"},
		{"delivered", "sent_back"},
		{"attempt_failed", "arrived out_for_delivery delivered lost sent_back"},
		{"lost", "arrived out_for_delivery delivered sent_back"},
		{"sent_back", "departed arrived lost"},
};

static int place_in(const char *const *list, const char *text)
{
	for (int i = 0; list[i]; i++)
		if (strcmp(list[i], text) == 0)
			return i;
	return -1;
}

static int may_follow(int noun, const char *before, const char *now)
{
	char word[40];

	if (strcmp(before, now) == 0)
		return 1;
	if (noun == TAPE_ORDER) {
		int from = place_in(order_path, before), to = place_in(order_path, now);

		if (from < 0) /* cancelled */
			return 0;
		return to < 0 ? from < place_in(order_path, "delivered") : to > from;
	}
	snprintf(word, sizeof(word), " %s ", now);
	for (size_t i = 0; i < sizeof(shipment_paths) / sizeof(*shipment_paths); i++) {
		char list[160];

		if (strcmp(shipment_paths[i][0], before) != 0)
			continue;
		snprintf(list, sizeof(list), " %s ", shipment_paths[i][1]);
		return strstr(list, word) != NULL;
	}
	return 0;
}

static int breaks_state(const tape_record *before, const tape_record *record)
{
	const tape_field *fields = tape_nouns[record->noun].fields;

	for (size_t i = 0; fields[i].name; i++) {
		if (!(fields[i].flags & TAPE_IS_STATE) || !before->cells[0][i].there)
			continue;
		return !record->cells[0][i].there ||
		       !may_follow(record->noun, before->cells[0][i].text,
				       record->cells[0][i].text);
	}
	return 0;
}

/* --- references ------------------------------------------------------------------------------- */

static const char *owner_of(const tape_record *record)
{
	const tape_field *fields = tape_nouns[record->noun].fields;

	for (size_t i = 0; fields[i].name; i++)
		if (strcmp(fields[i].name, "owner") == 0)
			return record->cells[0][i].there ? record->cells[0][i].text : "";
	return "";
}

static const tape_record *named(const tape_view *view, int noun, const char *id, const char *owner)
{
	char key[TAPE_KEY_TEXT];
	const tape_record *found;

	if (strcmp(tape_nouns[noun].fields[1].name, "owner") != 0)
		return tape_live(view, noun, id, NULL);
	snprintf(key, sizeof(key), "%s,%s", id, owner);
	found = tape_live(view, noun, key, NULL);
	if (found || !owner[0])
		return found;
	snprintf(key, sizeof(key), "%s,", id);
	return tape_live(view, noun, key, NULL);
}

static int breaks_reference(
		const tape_view *view, const tape_record *record, const tape_list *batch)
{
	const tape_field *fields = tape_nouns[record->noun].fields;

	for (size_t i = 0; fields[i].name; i++) {
		size_t first = fields[i].flags & TAPE_IS_LINE ? 1 : 0;
		size_t end = first ? 1 + record->n_lines : 1;

		for (size_t line = first; line < end && fields[i].refers; line++) {
			const tape_cell *cell = &record->cells[line][i];
			int found = 0;

			if (!cell->there || !cell->text[0])
				continue;
			for (size_t k = 0; batch && k < batch->n && !found; k++)
				found = batch->items[k].record.noun == fields[i].refers - 1 &&
					strcmp(batch->items[k].key, cell->text) == 0;
			if (found || named(view, fields[i].refers - 1, cell->text,
						     owner_of(record)))
				continue;
			if (!(fields[i].flags & TAPE_OR_CUSTOMER) ||
					!named(view, TAPE_CUSTOMER, cell->text, owner_of(record)))
				return 1;
		}
	}
	return 0;
}

/* --- purposes --------------------------------------------------------------------------------- */

/* 1 if `to` is `from` or above it, by what is there. */
static int covers(const tape_view *view, const char *constellation, const char *from,
		const char *to, int depth)
{
	const tape_list *lists[2] = {&view->model->list, &view->own};

	if (strcmp(from, to) == 0)
		return 1;
	for (int l = 0; l < 2 && depth < 8; l++)
		for (size_t i = 0; i < lists[l]->n; i++) {
			const tape_record *record = &lists[l]->items[i].record;

			if (record->noun != TAPE_PURPOSE ||
					tape_live(view, TAPE_PURPOSE, lists[l]->items[i].key,
							NULL) != record ||
					!is(&record->cells[0][0], from) ||
					!is(&record->cells[0][1], constellation) ||
					!record->cells[0][2].there || !record->cells[0][2].text[0])
				continue;
			if (covers(view, constellation, record->cells[0][2].text, to, depth + 1))
				return 1;
		}
	return 0;
}

static int breaks_graph(const tape_view *view, const tape_record *record)
{
	const tape_cell *cells = record->cells[0];

	return cells[2].there && cells[2].text[0] &&
	       covers(view, cells[1].text, cells[2].text, cells[0].text, 0);
}

/* --- quantities ------------------------------------------------------------------------------- */

/* What a record holds of a line of the order of this id. */
static int64_t holds(const tape_record *record, const char *order, int64_t line)
{
	size_t first = record->noun == TAPE_SHIPMENT ? 1 : 0;
	size_t end = first ? 1 + record->n_lines : 1;
	int64_t sum = 0;

	for (size_t i = first; i < end; i++)
		if (is(cell_of(record, i, "order_id"), order) &&
				tape_number(cell_of(record, i, "line_number")) == line)
			sum += tape_number(cell_of(record, i, "qty"));
	return sum;
}

/* What all live ones but the record's own version hold. */
static int64_t held_by_others(
		const tape_view *view, const tape_record *record, const char *order, int64_t line)
{
	const tape_list *lists[2] = {&view->model->list, &view->own};
	char own[TAPE_KEY_TEXT];
	int64_t sum = 0;

	tape_key_of(record, own);
	for (int l = 0; l < 2; l++)
		for (size_t i = 0; i < lists[l]->n; i++) {
			const tape_entry *entry = &lists[l]->items[i];

			if (entry->record.noun == record->noun && strcmp(entry->key, own) != 0 &&
					tape_live(view, record->noun, entry->key, NULL) ==
							&entry->record)
				sum += holds(&entry->record, order, line);
		}
	return sum;
}

static int64_t bound_of(const tape_record *record, const tape_record *order, size_t line)
{
	const tape_cell *gone = cell_of(order, line, "qty_cancelled");
	const tape_cell *delivered = cell_of(order, line, "qty_delivered");
	int64_t open = tape_number(cell_of(order, line, "qty")) -
		       (gone->there ? tape_number(gone) : 0);
	const tape_cell *tolerance;

	if (record->noun == TAPE_RETURN)
		return delivered->there ? tape_number(delivered) : open;
	tolerance = cell_of(record, 0, "tolerance_ppm");
	if (!tolerance->there)
		return open;
	return open * (1000000 + tape_number(tolerance)) / 1000000;
}

static int breaks_quantity(const tape_view *view, const tape_record *record)
{
	size_t first = record->noun == TAPE_SHIPMENT ? 1 : 0;
	size_t end = first ? 1 + record->n_lines : 1;

	for (size_t i = first; i < end; i++) {
		const char *id = cell_of(record, i, "order_id")->text;
		int64_t number = tape_number(cell_of(record, i, "line_number"));
		const tape_record *order = named(view, TAPE_ORDER, id, owner_of(record));
		size_t line = 1;

		while (order && line <= order->n_lines &&
				tape_number(cell_of(order, line, "line_number")) != number)
			line++;
		if (!order || line > order->n_lines)
			return 1;
		if (held_by_others(view, record, id, number) + holds(record, id, number) >
				bound_of(record, order, line))
			return 1;
	}
	return 0;
}

static int holds_goods(int noun)
{
	return noun == TAPE_SHIPMENT || noun == TAPE_RETURN;
}

int tape_shares_lines(const tape_view *view, const tape_model *model)
{
	int own = 0;

	for (size_t i = 0; i < view->own.n; i++)
		own |= holds_goods(view->own.items[i].record.noun);
	for (size_t k = 0; k < model->list.n && own; k++)
		if (model->list.items[k].seq > view->seq &&
				holds_goods(model->list.items[k].record.noun))
			return 1;
	return 0;
}

/* --- the judgement ---------------------------------------------------------------------------- */

static int same_content(const tape_record *a, const tape_record *b)
{
	const tape_field *fields = tape_nouns[a->noun].fields;

	for (size_t i = 0; fields[i].name; i++) {
		const tape_cell *x = &a->cells[0][i], *y = &b->cells[0][i];
		int x_there = x->there && !(fields[i].flags & TAPE_IS_EMPTY && !x->text[0]);
		int y_there = y->there && !(fields[i].flags & TAPE_IS_EMPTY && !y->text[0]);

		if (fields[i].flags & TAPE_IS_RECORDED)
			continue;
		if (x_there != y_there || (x_there && strcmp(x->text, y->text) != 0))
			return 0;
	}
	return 1;
}

int tape_judge(const tape_view *view, const tape_record *record, const tape_list *batch)
{
	char key[TAPE_KEY_TEXT];
	uint64_t seq;
	const tape_record *before;

	if (tape_is_malformed(record))
		return CSTN_E_INVALID_ARGUMENT;
	tape_key_of(record, key);
	before = tape_live(view, record->noun, key, &seq);
	if (tape_nouns[record->noun].append_only && before)
		return seq && same_content(before, record) ? TAPE_SAME : CSTN_E_CONFLICT;
	if (before && breaks_state(before, record))
		return CSTN_E_STATE;
	if (!tape_nouns[record->noun].append_only &&
			tape_recorded(record) < tape_last_known(view, record->noun, key))
		return CSTN_E_STATE;
	if (breaks_reference(view, record, batch))
		return CSTN_E_INVALID_ARGUMENT;
	if (record->noun == TAPE_PURPOSE && breaks_graph(view, record))
		return CSTN_E_INVALID_ARGUMENT;
	if (holds_goods(record->noun) && breaks_quantity(view, record))
		return CSTN_E_INVALID_ARGUMENT;
	return CSTN_OK;
}
