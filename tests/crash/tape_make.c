/* Random records. Ids come from small sets, so that what is named is often there, often not yet,
 * and versions follow each other. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tape.h"

typedef struct maker {
	sim_dice *dice;
	tape_record *out;
	int64_t now;
} maker;

static uint64_t roll(const maker *at, uint64_t n)
{
	return sim_dice_below(at->dice, n);
}

static void set(const maker *at, size_t line, const char *name, const char *format, ...)
		__attribute__((format(printf, 4, 5)));
static void set(const maker *at, size_t line, const char *name, const char *format, ...)
{
	tape_cell *cell = &at->out->cells[line][tape_field_find(at->out->noun, name)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(cell->text, sizeof(cell->text), format, arguments);
	va_end(arguments);
	cell->there = 1;
}

static void set_id(const maker *at, size_t line, const char *name, char kind, uint64_t of)
{
	set(at, line, name, "%c%" PRIu64, kind, roll(at, of));
}

static const char *pick(const maker *at, const char *const *list)
{
	size_t n = 0;

	while (list[n])
		n++;
	return list[roll(at, n)];
}

static void set_time(const maker *at, size_t line, const char *name)
{
	set(at, line, name, "%" PRId64, at->now - 50 + (int64_t)roll(at, 100));
}

static void set_span(const maker *at)
{
	int64_t from = at->now - 60 + (int64_t)roll(at, 60);

	if (roll(at, 3) == 0)
		set(at, 0, "from", "%" PRId64, from);
	if (roll(at, 3) == 0)
		set(at, 0, "until", "%" PRId64, from + (int64_t)roll(at, 12) * 10);
}

/* Orders belong to their owner by their number, so that an id names one order at most. */
static void set_order(const maker *at, size_t line)
{
	set_id(at, line, "order_id", 'O', 4);
}

static void set_owner(const maker *at, uint64_t one_in)
{
	if (roll(at, one_in) == 0)
		set(at, 0, "owner", "P%d", roll(at, 12) ? 0 : 1);
}

static void make_company(const maker *at)
{
	static const char *const roles[] = {"supplier", "carrier", "customer", NULL};
	static const char *const relations[] = {
			"partner", "neutral", "competitor", "partner", NULL};

	switch (at->out->noun) {
	case TAPE_PARTNER:
		set_id(at, 0, "partner_id", 'P', 5);
		set(at, 0, "name", "n%" PRIu64, roll(at, 9));
		if (roll(at, 2))
			set(at, 0, "role", "%s", pick(at, roles));
		if (roll(at, 4) == 0)
			set_id(at, 0, "parent_id", 'P', 5);
		return;
	case TAPE_CONSTELLATION:
		set_id(at, 0, "constellation_id", 'C', 3);
		set_id(at, 0, "owner_id", 'P', 4);
		set_span(at);
		return;
	case TAPE_RELATION:
		set_id(at, 0, "declarer_id", 'P', 4);
		set_id(at, 0, "other_id", 'P', 4);
		set_id(at, 0, "constellation_id", 'C', 2);
		set(at, 0, "relation", "%s", pick(at, relations));
		set_span(at);
		return;
	default:
		set_id(at, 0, "purpose_id", 'U', 4);
		set_id(at, 0, "constellation_id", 'C', 2);
		if (roll(at, 4))
			set_id(at, 0, "parent_id", 'U', 4);
		set(at, 0, "name", "n%" PRIu64, roll(at, 9));
	}
}

static void make_goods(const maker *at)
{
	static const char *const types[] = {"dc", "store", "plant", NULL};
	static const char *const countries[] = {"DE", "FR", NULL};
	static const char *const statuses[] = {"available", "held", NULL};

	switch (at->out->noun) {
	case TAPE_ITEM:
		set_id(at, 0, "item_id", 'I', 3);
		set_owner(at, 3);
		set(at, 0, "name", "n%" PRIu64, roll(at, 9));
		if (roll(at, 3) == 0)
			set(at, 0, "price_minor", "%" PRIu64, roll(at, 500));
		if (roll(at, 8))
			set(at, 0, "currency", "EUR");
		return;
	case TAPE_LOCATION:
		set_id(at, 0, "location_id", 'L', 3);
		set_owner(at, 3);
		set(at, 0, "type", "%s", pick(at, types));
		set(at, 0, "country", "%s", pick(at, countries));
		if (roll(at, 3) == 0)
			set_id(at, 0, "partner_id", 'P', 4);
		return;
	default:
		set_id(at, 0, "location_id", 'L', 3);
		set_id(at, 0, "item_id", 'I', 3);
		set(at, 0, "status", "%s", pick(at, statuses));
		set_owner(at, 4);
		if (roll(at, 3) == 0)
			set(at, 0, "lot", "B%" PRIu64, roll(at, 2));
		if (roll(at, 2))
			set(at, 0, "number", "%" PRIu64, roll(at, 3));
		set_time(at, 0, "as_of");
		set(at, 0, "qty", "%" PRIu64, roll(at, 90));
		if (roll(at, 3) == 0)
			set(at, 0, "reserved", "%" PRIu64, roll(at, 120));
	}
}

static void make_order(const maker *at)
{
	static const char *const states[] = {"draft", "placed", "accepted", "in_fulfilment",
			"shipped", "placed", "accepted", "delivered", "closed", "cancelled", NULL};
	static const char *const sides[] = {"customer", "supplier", NULL};
	uint64_t number = roll(at, 4);
	const char *state;

	set(at, 0, "order_id", "O%" PRIu64, number);
	if (number % 3 == 2)
		set(at, 0, "owner", "P0");
	set_id(at, 0, "seller", 'P', 4);
	set_id(at, 0, "buyer", 'P', 4);
	set_time(at, 0, "ordered");
	if (roll(at, 4)) {
		state = pick(at, states);
		set(at, 0, "state", "%s", state);
		if (strcmp(state, "cancelled") == 0 && roll(at, 8))
			set(at, 0, "cancelled_by", "%s", pick(at, sides));
	}
	at->out->n_lines = 1 + roll(at, TAPE_LINES);
	for (size_t i = 1; i <= at->out->n_lines; i++) {
		set(at, i, "line_number", "%zu", roll(at, 30) ? i : (size_t)1);
		set_id(at, i, "item_id", 'I', 3);
		set(at, i, "qty", "%" PRIu64, 1 + roll(at, 40));
		if (roll(at, 4) == 0) {
			set(at, i, "qty_cancelled", "%" PRIu64, roll(at, 12));
			set(at, i, "qty_cancelled_by", "%s", pick(at, sides));
		}
		if (roll(at, 3) == 0)
			set(at, i, "qty_delivered", "%" PRIu64, roll(at, 40));
	}
}

static void make_shipment(const maker *at)
{
	static const char *const states[] = {"planned", "packed", "departed", "in_transit",
			"arrived", "out_for_delivery", "delivered", "attempt_failed", "lost",
			"sent_back", NULL};

	set_id(at, 0, "shipment_id", 'S', 4);
	set_owner(at, 2);
	set_id(at, 0, "from_location", 'L', 3);
	set_id(at, 0, "to_location", 'L', 3);
	if (roll(at, 3))
		set(at, 0, "state", "%s", pick(at, states));
	if (roll(at, 4) == 0)
		set_id(at, 0, "carrier", 'P', 4);
	if (roll(at, 4) == 0)
		set(at, 0, "tolerance_ppm", "%" PRIu64, roll(at, 3) * 250000);
	at->out->n_lines = roll(at, TAPE_LINES + 1);
	for (size_t i = 1; i <= at->out->n_lines; i++) {
		set_order(at, i);
		set(at, i, "line_number", "%" PRIu64, 1 + roll(at, 3));
		set(at, i, "qty", "%" PRIu64, 1 + roll(at, 20));
		if (roll(at, 3) == 0)
			set(at, i, "lot", "B%" PRIu64, roll(at, 3));
	}
}

static void make_happening(const maker *at)
{
	static const char *const kinds[] = {"order", "shipment", NULL};
	static const char *const types[] = {"departed", "delivered", NULL};
	static const char *const classes[] = {"planned", "estimated", "actual", "actual", NULL};
	static const char *const roles[] = {"consignee", "carrier", "shipper", "other", NULL};
	static const char *const reasons[] = {"damaged", "size", NULL};

	if (at->out->noun == TAPE_RETURN) {
		set_id(at, 0, "return_id", 'R', 4);
		set_owner(at, 2);
		set_order(at, 0);
		set(at, 0, "line_number", "%" PRIu64, 1 + roll(at, 3));
		set(at, 0, "qty", "%" PRIu64, 1 + roll(at, 20));
		set(at, 0, "reason", "%s", pick(at, reasons));
		set_time(at, 0, "requested");
		return;
	}
	set_id(at, 0, "event_id", 'E', 16);
	set(at, 0, "subject_kind", "%s", pick(at, kinds));
	set_id(at, 0, "subject_id", 'O', 2);
	if (roll(at, 3) == 0)
		set(at, 0, "line_number", "%" PRIu64, 1 + roll(at, 2));
	set(at, 0, "type", "%s", pick(at, types));
	set(at, 0, "class", "%s", pick(at, classes));
	/* Half an hour apart: some pairs are in conflict, some are not. */
	set(at, 0, "occurred", "%" PRId64, at->now - (int64_t)roll(at, 5) * INT64_C(1800000000));
	if (roll(at, 3))
		set_id(at, 0, "source_id", 'P', 3);
	if (roll(at, 3))
		set(at, 0, "source_role", "%s", pick(at, roles));
	if (roll(at, 6) == 0)
		set_id(at, 0, "corrects", 'E', 16);
}

/* Break a rule of one value, or take a value away. */
static void spoil(const maker *at)
{
	const tape_field *fields = tape_nouns[at->out->noun].fields;
	size_t i = roll(at, tape_field_count(at->out->noun));
	size_t line = fields[i].flags & TAPE_IS_LINE ? 1 : 0;
	tape_cell *cell = &at->out->cells[line][i];

	/* Codes and numbers have values that they may not take; ids may be any text. */
	if (line > at->out->n_lines || fields[i].flags & (TAPE_IS_KEY | TAPE_IS_RECORDED))
		return;
	if (roll(at, 2) && !(fields[i].flags & TAPE_IS_STATE)) {
		memset(cell, 0, sizeof(*cell));
	} else if (fields[i].type == 'l' || fields[i].type == 'i') {
		cell->there = 1;
		strcpy(cell->text, roll(at, 2) ? "-1" : "0");
	} else if (fields[i].type == 't' && cell->there && !fields[i].refers &&
			strcmp(fields[i].name, "subject_id") != 0 &&
			strcmp(fields[i].name, "source_id") != 0 &&
			strcmp(fields[i].name, "corrects") != 0 &&
			strcmp(fields[i].name, "name") != 0 && strcmp(fields[i].name, "lot") != 0) {
		strcpy(cell->text, "nonsense");
	}
}

void tape_make(sim_dice *dice, tape_model *model, int noun, int late, tape_record *out)
{
	maker at = {dice, out, 0};
	const tape_field *fields = tape_nouns[noun].fields;

	memset(out, 0, sizeof(*out));
	out->noun = noun;
	model->now_us += (int64_t)roll(&at, 4);
	at.now = model->now_us;
	for (size_t i = 0; fields[i].name; i++)
		if (fields[i].flags & TAPE_IS_RECORDED)
			set(&at, 0, fields[i].name, "%" PRId64,
					late && roll(&at, 3) == 0 ? at.now - (int64_t)roll(&at, 30)
								  : at.now);
	switch (noun) {
	case TAPE_PARTNER:
	case TAPE_CONSTELLATION:
	case TAPE_RELATION:
	case TAPE_PURPOSE:
		make_company(&at);
		break;
	case TAPE_ITEM:
	case TAPE_LOCATION:
	case TAPE_INVENTORY:
		make_goods(&at);
		break;
	case TAPE_ORDER:
		make_order(&at);
		break;
	case TAPE_SHIPMENT:
		make_shipment(&at);
		break;
	default:
		make_happening(&at);
	}
	if (roll(&at, 12) == 0)
		spoil(&at);
}
