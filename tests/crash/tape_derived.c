/* What a network derives from its records, against the model: what companies are to each other,
 * and which events count. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tape.h"

/* --- relations -------------------------------------------------------------------------------- */

static int declares(const tape_model *model, uint64_t seq, const char *a, const char *b,
		const char *constellation, int64_t now)
{
	for (size_t i = 0; i < model->list.n; i++) {
		const tape_record *record = &model->list.items[i].record;
		const tape_cell *cells = record->cells[0];

		if (record->noun != TAPE_RELATION || !tape_is_visible(model, i, seq, INT64_MAX) ||
				strcmp(cells[0].text, a) != 0 || strcmp(cells[1].text, b) != 0 ||
				strcmp(cells[2].text, constellation) != 0)
			continue;
		if ((cells[5].there && now < tape_number(&cells[5])) ||
				(cells[6].there && now >= tape_number(&cells[6])))
			return CSTN_RELATION_UNDECLARED;
		return cells[4].text[0] == 'p'   ? CSTN_RELATION_PARTNER
		       : cells[4].text[0] == 'n' ? CSTN_RELATION_NEUTRAL
						 : CSTN_RELATION_COMPETITOR;
	}
	return CSTN_RELATION_UNDECLARED;
}

static int relation_of(const tape_model *model, uint64_t seq, const char *a, const char *b,
		const char *constellation, int64_t now)
{
	int there = declares(model, seq, a, b, constellation, now);
	int back = declares(model, seq, b, a, constellation, now);

	if (there == CSTN_RELATION_COMPETITOR || back == CSTN_RELATION_COMPETITOR)
		return CSTN_RELATION_COMPETITOR;
	if (there == CSTN_RELATION_PARTNER && back == CSTN_RELATION_PARTNER)
		return CSTN_RELATION_PARTNER;
	return there && back ? CSTN_RELATION_NEUTRAL : CSTN_RELATION_UNDECLARED;
}

static int64_t some_instant(const tape_model *model, sim_dice *dice)
{
	return model->now_us - 60 + (int64_t)sim_dice_below(dice, 120);
}

int tape_check_relations(const tape_model *model, cstn_snapshot *snapshot, uint64_t seq,
		sim_dice *dice, char *why, size_t size)
{
	int64_t now = some_instant(model, dice);
	char a[8], b[8], in[8];

	for (int i = 0; i < 4; i++)
		for (int k = 0; k < 4; k++) {
			int32_t found = -1;
			int wanted;
			cstn_status status;

			snprintf(a, sizeof(a), "P%d", i);
			snprintf(b, sizeof(b), "P%d", k);
			snprintf(in, sizeof(in), "C%d", (i + k) % 2);
			status = cstn_snapshot_relation(snapshot, a, b, in, now, &found, NULL);
			if (i == k && status == CSTN_E_INVALID_ARGUMENT)
				continue;
			wanted = relation_of(model, seq, a, b, in, now);
			if (status == CSTN_OK && found == wanted)
				continue;
			snprintf(why, size, "%s and %s in %s at %" PRId64 ": %s %s, %s expected", a,
					b, in, now, cstn_status_name(status),
					cstn_relation_name(found), cstn_relation_name(wanted));
			return -1;
		}
	return 0;
}

static int same_tables(
		tape_table *found, tape_table *wanted, const char *what, char *why, size_t size)
{
	int wrong = found->n != wanted->n;
	size_t i = 0;

	while (i < found->n && i < wanted->n && strcmp(found->rows[i], wanted->rows[i]) == 0)
		i++;
	wrong |= i < found->n;
	if (wrong)
		snprintf(why, size, "%s: row %zu of %zu is %s, of %zu %s expected", what, i,
				found->n, i < found->n ? found->rows[i] : "no more", wanted->n,
				i < wanted->n ? wanted->rows[i] : "no more");
	tape_table_free(found);
	tape_table_free(wanted);
	return wrong ? -1 : 0;
}

int tape_check_duals(const tape_model *model, cstn_network *network, sim_dice *dice, char *why,
		size_t size)
{
	tape_table found = {NULL, 0, 0}, wanted = {NULL, 0, 0};
	int64_t now = some_instant(model, dice);
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	char a[8], b[8], in[2][8] = {"C0", "C1"};

	if (cstn_network_scan_dual_pairs(network, now, &stream, &error) != CSTN_OK) {
		snprintf(why, size, "dual pairs: %s", cstn_error_message(error));
		cstn_error_free(error);
		return -1;
	}
	if (tape_table_read(&stream, NULL, 0, &found, why, size))
		return -1;
	for (int i = 0; i < 5; i++)
		for (int k = i + 1; k < 5; k++)
			for (int c = 0; c < 2; c++) {
				char *row;

				snprintf(a, sizeof(a), "P%d", i);
				snprintf(b, sizeof(b), "P%d", k);
				if (relation_of(model, model->last_seq, a, b, in[c], now) !=
								CSTN_RELATION_PARTNER ||
						relation_of(model, model->last_seq, a, b, in[!c],
								now) != CSTN_RELATION_COMPETITOR)
					continue;
				row = tape_table_add(&wanted);
				tape_put_text(row, a);
				tape_put_text(row, b);
				tape_put_text(row, in[c]);
				tape_put_text(row, in[!c]);
			}
	return same_tables(&found, &wanted, "dual pairs", why, size);
}

/* --- events ----------------------------------------------------------------------------------- */

typedef struct candidate {
	const tape_entry *entry;
	int corrected;
} candidate;

static const char *text_at(const candidate *one, const char *name)
{
	const tape_cell *cell = &one->entry->record.cells[0][tape_field_find(TAPE_EVENT, name)];

	return cell->there ? cell->text : "";
}

static int same_group(const candidate *a, const candidate *b)
{
	static const char *const names[] = {"subject_kind", "subject_id", "line_number", "type"};

	for (size_t i = 0; i < 4; i++)
		if (strcmp(text_at(a, names[i]), text_at(b, names[i])) != 0)
			return 0;
	return 1;
}

static int rank_in(const char *const *list, size_t n, const char *text)
{
	size_t i = 0;

	while (i < n && strcmp(list[i], text) != 0)
		i++;
	return (int)i;
}

/* 1 if a counts rather than b. */
static int is_better(const candidate *a, const candidate *b)
{
	static const char *const classes[] = {"actual", "estimated", "planned"};
	static const char *const roles[] = {"consignee", "carrier", "shipper", "other"};
	int x = rank_in(classes, 3, text_at(a, "class")),
	    y = rank_in(classes, 3, text_at(b, "class"));

	if (x != y)
		return x < y;
	x = rank_in(roles, 4, text_at(a, "source_role"));
	y = rank_in(roles, 4, text_at(b, "source_role"));
	if (x != y)
		return x < y;
	if (a->entry->recorded != b->entry->recorded)
		return a->entry->recorded > b->entry->recorded;
	return strcmp(text_at(a, "event_id"), text_at(b, "event_id")) > 0;
}

static int is_conflict(const candidate *best, const candidate *other, int64_t limit)
{
	int64_t apart = strtoll(text_at(best, "occurred"), NULL, 10) -
			strtoll(text_at(other, "occurred"), NULL, 10);

	if (strcmp(text_at(best, "class"), "actual") || strcmp(text_at(other, "class"), "actual"))
		return 0;
	if (strcmp(text_at(best, "source_id"), text_at(other, "source_id")) == 0 &&
			strcmp(text_at(best, "source_role"), text_at(other, "source_role")) == 0)
		return 0;
	return apart > limit || apart < -limit;
}

static void put_group(const candidate *all, size_t n, const candidate *best, int64_t limit,
		tape_table *events, tape_table *conflicts)
{
	tape_put_text(tape_table_add(events), text_at(best, "event_id"));
	for (size_t i = 0; i < n; i++) {
		char *row;

		if (&all[i] == best || all[i].corrected || !same_group(&all[i], best) ||
				!is_conflict(best, &all[i], limit))
			continue;
		row = tape_table_add(conflicts);
		tape_put_text(row, text_at(best, "event_id"));
		tape_put_text(row, text_at(&all[i], "event_id"));
	}
}

static void judge_events(const candidate *all, size_t n, int64_t limit, tape_table *events,
		tape_table *conflicts)
{
	for (size_t i = 0; i < n; i++) {
		int best = !all[i].corrected;

		for (size_t k = 0; k < n && best; k++)
			best = k == i || all[k].corrected || !same_group(&all[i], &all[k]) ||
			       is_better(&all[i], &all[k]);
		if (best)
			put_group(all, n, &all[i], limit, events, conflicts);
	}
	tape_table_sort(events);
	tape_table_sort(conflicts);
}

static size_t known_events(
		const tape_model *model, uint64_t seq, int64_t as_of, candidate *out, size_t most)
{
	size_t n = 0;

	for (size_t i = 0; i < model->list.n && n < most; i++)
		if (model->list.items[i].record.noun == TAPE_EVENT &&
				tape_is_visible(model, i, seq, as_of))
			out[n++].entry = &model->list.items[i];
	for (size_t i = 0; i < n; i++) {
		out[i].corrected = 0;
		for (size_t k = 0; k < n; k++)
			out[i].corrected |= strcmp(text_at(&out[k], "corrects"),
							    text_at(&out[i], "event_id")) == 0;
	}
	return n;
}

int tape_check_events(const tape_model *model, cstn_snapshot *snapshot, uint64_t seq,
		sim_dice *dice, char *why, size_t size)
{
	static const char *const best[] = {"event_id"};
	static const char *const pair[] = {"event_id", "other_event_id"};
	tape_table found = {NULL, 0, 0}, wanted = {NULL, 0, 0};
	tape_table apart = {NULL, 0, 0}, expected = {NULL, 0, 0};
	cstn_event_options options = CSTN_EVENT_OPTIONS_INIT;
	struct ArrowArrayStream stream, conflicts;
	candidate all[64];
	cstn_error *error = NULL;
	int64_t as_of = INT64_MAX;
	size_t n;
	int wrong;

	if (sim_dice_below(dice, 2))
		options.as_of_us = as_of = model->now_us - (int64_t)sim_dice_below(dice, 40);
	if (sim_dice_below(dice, 2))
		options.conflict_us = INT64_C(1799999990) + (int64_t)sim_dice_below(dice, 20);
	if (cstn_snapshot_scan_effective_events(
			    snapshot, &options, &stream, &conflicts, NULL, &error) != CSTN_OK) {
		snprintf(why, size, "effective events: %s", cstn_error_message(error));
		cstn_error_free(error);
		return -1;
	}
	wrong = tape_table_read(&stream, best, 1, &found, why, size);
	wrong |= tape_table_read(&conflicts, pair, 2, &apart, why, size);
	if (wrong)
		return -1;
	n = known_events(model, seq, as_of, all, 64);
	judge_events(all, n, options.conflict_us ? options.conflict_us : INT64_C(3600000000),
			&wanted, &expected);
	tape_table_sort(&found);
	tape_table_sort(&apart);
	wrong = same_tables(&found, &wanted, "effective events", why, size);
	if (same_tables(&apart, &expected, "conflicts of events", wrong ? (char[400]){0} : why,
			    wrong ? 400 : size))
		wrong = -1;
	return wrong;
}
