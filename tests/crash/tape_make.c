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

static void set_attributes(const maker *at, size_t line)
{
	static const char *const broken[] = {"{\"a\":\"x\",\"a\":\"y\"}", "{\"a\":1}",
			"{\"a\":\"x\"", "{\"a\":\"x\",}", "{\"a\":\"x\"}}", NULL};
	char x = (char)('x' + roll(at, 3)), y = (char)('p' + roll(at, 3));

	switch (roll(at, 20)) {
	case 0:
		set(at, line, "attributes", "%s", pick(at, broken));
		return;
	case 1:
	case 2:
		set(at, line, "attributes", "{\"a\":\"%c\"}", x);
		return;
	case 3:
	case 4:
		set(at, line, "attributes", "{\"b\":\"%c\"}", y);
		return;
	default:
		set(at, line, "attributes", "{\"a\":\"%c\",\"b\":\"%c\"}", x, y);
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
	set_id(at, 0, "buyer", roll(at, 3) ? 'P' : 'K', 4);
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
		if (roll(at, 2))
			set_attributes(at, i);
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

/* What belongs to a company, an order or a shipment. */
static void make_part(const maker *at)
{
	static const char *const roles[] = {"supplier", "buyer", "observer", NULL};
	static const char *const sides[] = {"customer", "supplier", "carrier", NULL};
	static const char *const modes[] = {"road", "rail", "sea", NULL};
	static const char *const kinds[] = {"planned", "actual", NULL};
	static const char *const papers[] = {"invoice", "customs", "certificate", NULL};
	static const char *const states[] = {"received", "approved", "rejected", "void", NULL};

	switch (at->out->noun) {
	case TAPE_MEMBERSHIP:
		set_id(at, 0, "partner_id", 'P', 4);
		set_id(at, 0, "constellation_id", 'C', 2);
		if (roll(at, 2))
			set(at, 0, "role", "%s", pick(at, roles));
		set_span(at);
		return;
	case TAPE_REVISION:
		set_order(at, 0);
		set_owner(at, 3);
		set(at, 0, "revision", "%" PRIu64, roll(at, 10) ? 1 + roll(at, 2) : 0);
		set_time(at, 0, "changed");
		set(at, 0, "initiator", "%s", pick(at, sides));
		set(at, 0, "agreed", "%" PRIu64, roll(at, 2));
		if (roll(at, 2))
			set(at, 0, "line_number", "%" PRIu64, 1 + roll(at, 3));
		set(at, 0, "field", "%s", roll(at, 2) ? "qty" : "promised");
		if (roll(at, 2))
			set(at, 0, "old_value", "%" PRIu64, roll(at, 9));
		set(at, 0, "new_value", "%" PRIu64, roll(at, 9));
		return;
	case TAPE_LEG:
		set_id(at, 0, "shipment_id", 'S', 4);
		set_owner(at, 2);
		set(at, 0, "leg", "%" PRIu64, roll(at, 10) ? 1 + roll(at, 2) : 0);
		set(at, 0, "mode", "%s", pick(at, modes));
		set_id(at, 0, "from_location", 'L', 3);
		set_id(at, 0, "to_location", 'L', 3);
		if (roll(at, 2))
			set(at, 0, "distance_m", "%" PRIu64, roll(at, 900));
		if (roll(at, 8))
			set(at, 0, "distance_kind", "%s", pick(at, kinds));
		if (roll(at, 3) == 0)
			set_id(at, 0, "operator", 'P', 4);
		return;
	default:
		set_id(at, 0, "shipment_id", 'S', 4);
		set_owner(at, 2);
		set(at, 0, "type", "%s", pick(at, papers));
		set(at, 0, "state", "%s", roll(at, 10) ? pick(at, states) : "nonsense");
		if (roll(at, 2))
			set_time(at, 0, "at");
		if (roll(at, 2))
			set(at, 0, "reference", "D%" PRIu64, roll(at, 9));
	}
}

static void make_answer(const maker *at)
{
	static const char *const kinds[] = {
			"nps_answer", "nps_answer", "review", "complaint", "satisfaction", NULL};
	static const char *const reasons[] = {"late", "defective", NULL};
	const char *kind = pick(at, kinds);

	set_id(at, 0, "event_id", 'A', 16);
	set_owner(at, 4);
	set_id(at, 0, "customer_id", 'K', 4);
	set(at, 0, "kind", "%s", kind);
	set_time(at, 0, "valid");
	if (roll(at, 3) == 0)
		set_order(at, 0);
	if (kind[0] == 'n' || roll(at, 2)) {
		set(at, 0, "number", "%" PRIu64, roll(at, 12));
		if (roll(at, 3) == 0)
			set(at, 0, "scale_min", "%d", (int)roll(at, 4) - 2);
		if (roll(at, 3) == 0)
			set(at, 0, "scale_max", "%" PRIu64, 8 + roll(at, 6));
	}
	if (roll(at, 3) == 0)
		set(at, 0, "public", "%" PRIu64, roll(at, 2));
	if (roll(at, 3) == 0)
		set(at, 0, "reason", "%s", pick(at, reasons));
	if (roll(at, 3) == 0)
		set(at, 0, "weight", "%" PRIu64, roll(at, 3000));
	if (roll(at, 3) == 0)
		set(at, 0, "reference", "T%" PRIu64, roll(at, 5));
}

static void make_consent(const maker *at)
{
	static const char *const bases[] = {"consent", "contract", NULL};
	static const char *const states[] = {"granted", "granted", "refused", "withdrawn", NULL};
	int64_t from = at->now - 50 + (int64_t)roll(at, 100);

	set_id(at, 0, "consent_id", 'W', 16);
	set_owner(at, 4);
	set_id(at, 0, "customer_id", 'K', 4);
	set(at, 0, "purpose", "%" PRIu64, roll(at, 10) ? 3 + roll(at, 3) : 7 + roll(at, 2) * 993);
	if (roll(at, 3))
		set_id(at, 0, "constellation_id", 'C', 2);
	set(at, 0, "basis", "%s", pick(at, bases));
	set(at, 0, "state", "%s", pick(at, states));
	set(at, 0, "valid_from", "%" PRId64, from);
	if (roll(at, 3) == 0)
		set(at, 0, "valid_until", "%" PRId64, from + (int64_t)roll(at, 12) * 10);
}

/* Customers, and what is said of companies. */
static void make_person(const maker *at)
{
	static const char *const kinds[] = {"person", "organisation", NULL};
	static const char *const countries[] = {"DE", "FR", NULL};
	static const char *const stages[] = {"commit", "crisis", "develop", NULL};
	static const char *const numbers[] = {
			"123456789", "12345678", "4006381333931", "4006381333932", NULL};
	static const char *const schemes[] = {"duns", "gln", "vat", NULL};

	switch (at->out->noun) {
	case TAPE_CUSTOMER:
		set_id(at, 0, "customer_id", 'K', 4);
		set_owner(at, 4);
		set(at, 0, "kind", "%s", pick(at, kinds));
		if (roll(at, 2))
			set(at, 0, "country", "%s", pick(at, countries));
		if (roll(at, 2))
			set(at, 0, "first_seen", "%" PRIu64, 19000 + roll(at, 60));
		if (roll(at, 4) == 0)
			set_id(at, 0, "partner_id", 'P', 4);
		if (roll(at, 4) == 0)
			set_id(at, 0, "constellation_id", 'C', 2);
		if (roll(at, 3) == 0)
			set(at, 0, "legal_hold", "%" PRIu64, roll(at, 2));
		if (roll(at, 3) == 0)
			set(at, 0, "segment", "s%" PRIu64, roll(at, 3));
		if (roll(at, 3) == 0)
			set(at, 0, "stage", "%s", pick(at, stages));
		return;
	case TAPE_IDENTIFIER:
		set_id(at, 0, "partner_id", 'P', 4);
		set(at, 0, "scheme", "%s", pick(at, schemes));
		set(at, 0, "identifier", "%s", pick(at, numbers));
		set_span(at);
		return;
	default:
		set_id(at, 0, "partner_id", 'P', 4);
		set(at, 0, "name", "%s", roll(at, 2) ? "esg_score" : "risk");
		set(at, 0, "source", "%s", roll(at, 2) ? "survey" : "bureau");
		if (roll(at, 3))
			set(at, 0, "value", "%" PRIu64 "%s", roll(at, 90), roll(at, 2) ? ".5" : "");
		if (roll(at, 3) == 0)
			set(at, 0, "text", "t%" PRIu64, roll(at, 4));
		if (roll(at, 3) == 0)
			set_time(at, 0, "valid");
	}
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
			!(fields[i].flags & TAPE_IS_FREE)) {
		strcpy(cell->text, "nonsense");
	}
}

static void make(const maker *at)
{
	switch (at->out->noun) {
	case TAPE_PARTNER:
	case TAPE_CONSTELLATION:
	case TAPE_RELATION:
	case TAPE_PURPOSE:
		make_company(at);
		return;
	case TAPE_ITEM:
	case TAPE_LOCATION:
	case TAPE_INVENTORY:
		make_goods(at);
		return;
	case TAPE_ORDER:
		make_order(at);
		return;
	case TAPE_SHIPMENT:
		make_shipment(at);
		return;
	case TAPE_MEMBERSHIP:
	case TAPE_REVISION:
	case TAPE_LEG:
	case TAPE_DOCUMENT:
		make_part(at);
		return;
	case TAPE_INTERACTION:
		make_answer(at);
		return;
	case TAPE_CONSENT:
		make_consent(at);
		return;
	case TAPE_CUSTOMER:
	case TAPE_IDENTIFIER:
	case TAPE_ATTRIBUTE:
		make_person(at);
		return;
	default:
		make_happening(at);
	}
}

/* What is only ever added comes again: to the letter, or with another value. */
static void repeat(const maker *at, const tape_model *model)
{
	const tape_field *fields = tape_nouns[at->out->noun].fields;
	size_t i = roll(at, tape_field_count(at->out->noun));
	const tape_entry *one;

	if (!model->list.n)
		return;
	one = &model->list.items[roll(at, model->list.n)];
	for (int tries = 0; tries < 30 && one->record.noun != at->out->noun; tries++)
		one = &model->list.items[roll(at, model->list.n)];
	if (one->record.noun != at->out->noun)
		return;
	for (size_t k = 0; fields[k].name; k++)
		if (!(fields[k].flags & TAPE_IS_RECORDED) &&
				(k != i || fields[k].flags & TAPE_IS_KEY))
			at->out->cells[0][k] = one->record.cells[0][k];
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
	make(&at);
	if (tape_nouns[noun].append_only && roll(&at, 4) == 0)
		repeat(&at, model);
	if (roll(&at, 12) == 0)
		spoil(&at);
}
