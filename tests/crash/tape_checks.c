/* What a snapshot answers, against the model: rows of a noun under random options, records by key,
 * the change feed, relations, events that count. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tape.h"

static int fail_call(
		char *why, size_t size, const char *what, cstn_status status, cstn_error *error)
{
	snprintf(why, size, "%s: %s: %s", what, cstn_status_name(status),
			cstn_error_message(error));
	cstn_error_free(error);
	return -1;
}

/* Both sorted; 0, or -1 with the first row that only one of them has. */
static int compare_tables(
		tape_table *found, tape_table *wanted, const char *what, char *why, size_t size)
{
	size_t i = 0;
	int wrong;

	tape_table_sort(found);
	tape_table_sort(wanted);
	while (i < found->n && i < wanted->n && strcmp(found->rows[i], wanted->rows[i]) == 0)
		i++;
	wrong = i < found->n || i < wanted->n;
	if (wrong)
		snprintf(why, size, "%s: %zu rows, %zu expected; found %s, expected %s", what,
				found->n, wanted->n, i < found->n ? found->rows[i] : "no more",
				i < wanted->n ? wanted->rows[i] : "no more");
	tape_table_free(found);
	tape_table_free(wanted);
	return wrong ? -1 : 0;
}

/* --- scans ------------------------------------------------------------------------------------ */

typedef struct scan_case {
	int noun;
	cstn_scan_options options;
	const char *columns[TAPE_FIELDS + 4];
	const char *ids[2];
	char texts[4][TAPE_TEXT], what[400];
	int64_t as_of;
} scan_case;

static const char *text_of(const tape_field *field, const tape_cell *cell)
{
	if (cell->there)
		return cell->text;
	if (field->flags & TAPE_IS_EMPTY)
		return field->type == 't' ? "" : "0";
	return NULL;
}

static void put_row(const scan_case *at, const tape_entry *entry, size_t line, tape_table *out)
{
	const tape_field *fields = tape_nouns[at->noun].fields;
	char *row = tape_table_add(out), number[24];

	for (size_t i = 0; i < at->options.n_columns; i++) {
		const char *name = at->columns[i];
		size_t field;

		number[0] = 0;
		if (strcmp(name, "seq") == 0)
			snprintf(number, sizeof(number), "%" PRIu64, entry->seq);
		if (strcmp(name, "order_lines") == 0)
			snprintf(number, sizeof(number), "%zu", entry->record.n_lines);
		if (strcmp(name, "line_index") == 0)
			snprintf(number, sizeof(number), "%zu", line - 1);
		if (number[0]) {
			tape_put_text(row, number);
			continue;
		}
		if (strncmp(name, "attributes.", 11) == 0) {
			field = tape_field_find(at->noun, "attributes");
			tape_put_text(row, tape_attribute(&entry->record.cells[line][field],
							   name + 11, number));
			continue;
		}
		field = tape_field_find(at->noun, name);
		tape_put_text(row,
				text_of(&fields[field],
						&entry->record.cells[fields[field].flags & TAPE_IS_LINE
										     ? line
										     : 0][field]));
	}
}

static int names_partner(const tape_record *record, const char *partner)
{
	const tape_field *fields = tape_nouns[record->noun].fields;

	for (size_t i = 0; fields[i].name; i++)
		if (fields[i].flags & TAPE_IS_PARTNER && record->cells[0][i].there &&
				strcmp(record->cells[0][i].text, partner) == 0)
			return 1;
	return 0;
}

static int is_chosen(const scan_case *at, const tape_entry *entry)
{
	const cstn_scan_options *options = &at->options;
	const tape_cell *cells = entry->record.cells[0];
	int wanted = options->ids == NULL;

	for (size_t i = 0; i < options->n_ids && !wanted; i++)
		wanted = strcmp(cells[0].text, options->ids[i]) == 0;
	if (!wanted || (options->flags & CSTN_SCAN_SINCE && entry->seq <= options->since_seq))
		return 0;
	if (options->flags & CSTN_SCAN_RANGE) {
		size_t field = tape_field_find(at->noun, options->range_field);
		const tape_cell *cell = &cells[field];

		/* A part of the key that is not given is 0. */
		if ((!cell->there && !(tape_nouns[at->noun].fields[field].flags & TAPE_IS_EMPTY)) ||
				tape_number(cell) < options->from_us ||
				tape_number(cell) >= options->until_us)
			return 0;
	}
	if (options->partner && !names_partner(&entry->record, options->partner))
		return 0;
	if (options->where_field) {
		size_t field = tape_field_find(at->noun, options->where_field);
		const char *text = text_of(&tape_nouns[at->noun].fields[field], &cells[field]);

		return text && strcmp(text, options->where_text) == 0;
	}
	return 1;
}

static void choose_columns(scan_case *at, sim_dice *dice)
{
	const tape_field *fields = tape_nouns[at->noun].fields;
	int lines = tape_nouns[at->noun].has_lines && sim_dice_below(dice, 2);
	size_t n = 0;

	if (lines)
		at->options.flags |= CSTN_SCAN_LINES;
	for (size_t i = 0; fields[i].name; i++)
		if ((lines || !(fields[i].flags & TAPE_IS_LINE)) && sim_dice_below(dice, 4))
			at->columns[n++] = fields[i].name;
	if (n == 0 || sim_dice_below(dice, 2))
		at->columns[n++] = "seq";
	if (lines) {
		at->columns[n++] = "order_lines";
		at->columns[n++] = "line_index";
		if (at->noun == TAPE_ORDER)
			at->columns[n++] =
					sim_dice_below(dice, 2) ? "attributes.a" : "attributes.b";
	}
	for (size_t i = n; i > 1; i--) {
		size_t k = sim_dice_below(dice, i);
		const char *name = at->columns[k];

		at->columns[k] = at->columns[i - 1];
		at->columns[i - 1] = name;
	}
	at->options.columns = at->columns;
	at->options.n_columns = n;
}

/* A value that an entry has, or none. */
static const tape_cell *some_value(
		const scan_case *at, const tape_model *model, sim_dice *dice, size_t field)
{
	for (int tries = 0; tries < 8 && model->list.n; tries++) {
		const tape_entry *entry = &model->list.items[sim_dice_below(dice, model->list.n)];

		if (entry->record.noun == at->noun && entry->record.cells[0][field].there)
			return &entry->record.cells[0][field];
	}
	return NULL;
}

static void choose_rows(scan_case *at, const tape_model *model, uint64_t seq, sim_dice *dice)
{
	const tape_field *fields = tape_nouns[at->noun].fields;
	size_t field = sim_dice_below(dice, tape_field_count(at->noun));
	const tape_cell *cell = some_value(at, model, dice, field);
	uint64_t kind = sim_dice_below(dice, 6);

	if (sim_dice_below(dice, 3) == 0) {
		at->options.flags |= CSTN_SCAN_SINCE;
		at->options.since_seq = sim_dice_below(dice, seq + 2);
	}
	if (kind == 0 && cell && strchr("liud", fields[field].type) &&
			!(fields[field].flags & TAPE_IS_LINE)) {
		at->options.flags |= CSTN_SCAN_RANGE;
		at->options.range_field = fields[field].name;
		at->options.from_us = tape_number(cell) - (int64_t)sim_dice_below(dice, 20);
		at->options.until_us = tape_number(cell) + (int64_t)sim_dice_below(dice, 20) +
				       (at->options.from_us == tape_number(cell));
	} else if (kind == 1 && cell && fields[field].type == 't' &&
			!(fields[field].flags & TAPE_IS_LINE)) {
		snprintf(at->texts[0], TAPE_TEXT, "%s", cell->text);
		at->options.where_field = fields[field].name;
		at->options.where_text = at->texts[0];
	} else if (kind == 2) {
		cell = some_value(at, model, dice, 0);
		snprintf(at->texts[1], TAPE_TEXT, "%s", cell ? cell->text : "none");
		cell = some_value(at, model, dice, 0);
		snprintf(at->texts[2], TAPE_TEXT, "%s", cell ? cell->text : "none");
		at->ids[0] = at->texts[1];
		at->ids[1] = at->texts[2];
		at->options.ids = at->ids;
		at->options.n_ids = 1 + sim_dice_below(dice, 2);
	} else if (kind == 3 && at->noun != TAPE_PURPOSE) {
		snprintf(at->texts[3], TAPE_TEXT, "P%" PRIu64, sim_dice_below(dice, 5));
		at->options.partner = at->texts[3];
	}
}

static void say(scan_case *at, uint64_t seq)
{
	const cstn_scan_options *o = &at->options;

	snprintf(at->what, sizeof(at->what),
			"scan of %s at %" PRIu64 ", flags %u, as of %" PRId64 ", since %" PRIu64
			", ids %s, range %s, partner %s, where %s %s",
			tape_nouns[at->noun].name, seq, o->flags, at->as_of, o->since_seq,
			o->ids ? o->ids[0] : "-", o->range_field ? o->range_field : "-",
			o->partner ? o->partner : "-", o->where_field ? o->where_field : "-",
			o->where_text ? o->where_text : "");
}

static int64_t some_time(const tape_model *model, sim_dice *dice)
{
	int64_t from = model->horizon_us > model->now_us - 60 ? model->horizon_us
							      : model->now_us - 60;

	return from + (int64_t)sim_dice_below(dice, 64);
}

int tape_check_scan(const tape_model *model, cstn_snapshot *snapshot, uint64_t seq, sim_dice *dice,
		char *why, size_t size)
{
	scan_case at = {.noun = (int)sim_dice_below(dice, TAPE_NOUNS),
			.options = CSTN_SCAN_OPTIONS_INIT,
			.as_of = INT64_MAX};
	tape_table found = {NULL, 0, 0}, wanted = {NULL, 0, 0};
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	cstn_status status;

	choose_columns(&at, dice);
	if (sim_dice_below(dice, 2))
		choose_rows(&at, model, seq, dice);
	if (sim_dice_below(dice, 3) == 0)
		at.options.flags |= CSTN_SCAN_DICTIONARY;
	if (sim_dice_below(dice, 2)) {
		at.as_of = some_time(model, dice);
		at.options.flags |= CSTN_SCAN_AS_OF;
		at.options.as_of_us = at.as_of;
	}
	say(&at, seq);
	status = cstn_snapshot_scan(
			snapshot, tape_nouns[at.noun].name, &at.options, &stream, &error);
	if (status != CSTN_OK)
		return fail_call(why, size, at.what, status, error);
	if (tape_table_read(&stream, at.columns, at.options.n_columns, &found, why, size)) {
		tape_table_free(&found);
		return -1;
	}
	for (size_t i = 0; i < model->list.n; i++) {
		const tape_entry *entry = &model->list.items[i];
		size_t lines = at.options.flags & CSTN_SCAN_LINES ? entry->record.n_lines : 1;

		if (entry->record.noun != at.noun || !is_chosen(&at, entry) ||
				!tape_is_visible(model, i, seq, at.as_of))
			continue;
		for (size_t line = 1; line <= lines; line++)
			put_row(&at, entry, line, &wanted);
	}
	return compare_tables(&found, &wanted, at.what, why, size);
}

/* --- look-ups --------------------------------------------------------------------------------- */

static const char *read_cell(const cstn_record *record, const tape_field *field, size_t line,
		char *buffer, size_t size)
{
	size_t at = field->flags & TAPE_IS_LINE ? line - 1 : CSTN_NO_LINE, len;

	if (!cstn_record_has(record, at, field->name))
		return field->flags & TAPE_IS_EMPTY ? (field->type == 't' ? "" : "0") : NULL;
	if (field->type == 't')
		return cstn_record_text(record, at, field->name, &len);
	if (field->type == 'n')
		snprintf(buffer, size, "%.10g", cstn_record_double(record, at, field->name));
	else
		snprintf(buffer, size, "%" PRId64, cstn_record_int(record, at, field->name));
	return buffer;
}

static int compare_record(
		const tape_entry *entry, const cstn_record *record, char *why, size_t size)
{
	const tape_field *fields = tape_nouns[entry->record.noun].fields;

	if (cstn_record_seq(record) != entry->seq ||
			cstn_record_lines(record) != entry->record.n_lines) {
		snprintf(why, size,
				"%s %s: seq %" PRIu64 " and %zu lines, %" PRIu64
				" and %zu expected",
				tape_nouns[entry->record.noun].name, entry->key,
				cstn_record_seq(record), cstn_record_lines(record), entry->seq,
				entry->record.n_lines);
		return -1;
	}
	for (size_t i = 0; fields[i].name; i++)
		for (size_t line = fields[i].flags & TAPE_IS_LINE ? 1 : 0;
				line <=
				(fields[i].flags & TAPE_IS_LINE ? entry->record.n_lines : 0);
				line++) {
			char buffer[24];
			const char *found =
					read_cell(record, &fields[i], line, buffer, sizeof(buffer));
			const char *wanted = text_of(&fields[i], &entry->record.cells[line][i]);

			if ((found == NULL) == (wanted == NULL) &&
					(!found || strcmp(found, wanted) == 0))
				continue;
			snprintf(why, size, "%s %s, %s of line %zu: %s, %s expected",
					tape_nouns[entry->record.noun].name, entry->key,
					fields[i].name, line, found ? found : "null",
					wanted ? wanted : "null");
			return -1;
		}
	return 0;
}

int tape_check_get(const tape_model *model, cstn_snapshot *snapshot, uint64_t seq, sim_dice *dice,
		char *why, size_t size)
{
	const tape_entry *one, *wanted = NULL;
	int64_t as_of = sim_dice_below(dice, 2) ? INT64_MAX : some_time(model, dice);
	char key[TAPE_KEY_TEXT], *parts[8];
	const char *texts[8];
	cstn_record *record = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	size_t n = 0;
	int wrong = 0;

	if (!model->list.n)
		return 0;
	one = &model->list.items[sim_dice_below(dice, model->list.n)];
	for (size_t i = 0; i < model->list.n; i++)
		if (model->list.items[i].record.noun == one->record.noun &&
				strcmp(model->list.items[i].key, one->key) == 0 &&
				tape_is_visible(model, i, seq, as_of))
			wanted = &model->list.items[i];
	snprintf(key, sizeof(key), "%s", one->key);
	for (char *at = key; at; n++) {
		parts[n] = at;
		at = strchr(at, ',');
		if (at)
			*at++ = 0;
		texts[n] = parts[n];
	}
	status = cstn_snapshot_get(snapshot, tape_nouns[one->record.noun].name, texts, n, as_of,
			&record, &error);
	cstn_error_free(error);
	if (status != (wanted ? CSTN_OK : CSTN_E_NOT_FOUND)) {
		snprintf(why, size, "get %s %s at %" PRIu64 " as of %" PRId64 ": %s, %s expected",
				tape_nouns[one->record.noun].name, one->key, seq, as_of,
				cstn_status_name(status), wanted ? "the record" : "none");
		wrong = -1;
	}
	if (!wrong && wanted)
		wrong = compare_record(wanted, record, why, size);
	cstn_record_unref(record);
	return wrong;
}

/* --- changes ---------------------------------------------------------------------------------- */

int tape_check_changes(const tape_model *model, cstn_snapshot *snapshot, uint64_t seq,
		sim_dice *dice, char *why, size_t size)
{
	tape_table found = {NULL, 0, 0}, wanted = {NULL, 0, 0};
	uint64_t since = sim_dice_below(dice, seq + 1);
	struct ArrowArrayStream stream;
	cstn_error *error = NULL;
	char what[80];
	cstn_status status = cstn_snapshot_changes(snapshot, since, &stream, &error);

	snprintf(what, sizeof(what), "changes after %" PRIu64 " at %" PRIu64, since, seq);
	if (status != CSTN_OK)
		return fail_call(why, size, what, status, error);
	if (tape_table_read(&stream, NULL, 0, &found, why, size))
		return -1;
	for (size_t i = 0; i < model->list.n; i++) {
		const tape_entry *entry = &model->list.items[i];
		const tape_field *fields = tape_nouns[entry->record.noun].fields;
		char *row, number[24];

		if (entry->seq > seq || entry->seq <= since ||
				(entry->after && model->list.items[entry->after - 1].seq <= seq))
			continue;
		row = tape_table_add(&wanted);
		snprintf(number, sizeof(number), "%" PRIu64, entry->seq);
		tape_put_text(row, number);
		tape_put_text(row, tape_nouns[entry->record.noun].name);
		tape_put_text(row, entry->deleted ? "delete" : "put");
		for (size_t k = 0; k < 6; k++) {
			int is_key = k < tape_field_count(entry->record.noun) &&
				     fields[k].flags & TAPE_IS_KEY;

			tape_put_text(row, is_key ? text_of(&fields[k], &entry->record.cells[0][k])
						  : NULL);
		}
		snprintf(number, sizeof(number), "%" PRId64, entry->recorded);
		tape_put_text(row, number);
	}
	for (size_t i = 1; i < found.n; i++)
		if (strtoull(found.rows[i - 1], NULL, 10) > strtoull(found.rows[i], NULL, 10)) {
			snprintf(why, size, "%s: %s comes before %s", what, found.rows[i - 1],
					found.rows[i]);
			tape_table_free(&found);
			tape_table_free(&wanted);
			return -1;
		}
	return compare_tables(&found, &wanted, what, why, size);
}
