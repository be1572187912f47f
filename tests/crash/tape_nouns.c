/* The nouns and fields as the tapes use them, and the attributes of an order line. */
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
#define F TAPE_IS_FREE
#define C TAPE_IS_COUNTED
#define TO(noun) (TAPE_##noun + 1)

const tape_noun tape_nouns[TAPE_NOUNS] = {
		{"partner", 0, 0,
				{{"partner_id", 't', K | R | P, 0}, {"recorded", 'u', R | N, 0},
						{"name", 't', F, 0}, {"role", 't', 0, 0},
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
						{"recorded", 'u', R | N, 0}, {"name", 't', F, 0},
						{NULL, 0, 0, 0}}},
		{"item", 0, 0,
				{{"item_id", 't', K | R, 0}, {"owner", 't', K | E | P, TO(PARTNER)},
						{"recorded", 'u', R | N, 0}, {"name", 't', F, 0},
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
						{"buyer", 't', R | P | TAPE_OR_CUSTOMER,
								TO(PARTNER)},
						{"ordered", 'u', R, 0},
						{"state", 't', TAPE_IS_STATE, 0},
						{"cancelled_by", 't', 0, 0},
						{"line_number", 'i', R | L | C, 0},
						{"item_id", 't', R | L, TO(ITEM)},
						{"qty", 'l', R | L, 0},
						{"qty_cancelled", 'l', L, 0},
						{"qty_cancelled_by", 't', L, 0},
						{"qty_delivered", 'l', L, 0},
						{"attributes", 't', L, 0}, {NULL, 0, 0, 0}}},
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
						{"line_number", 'i', R | L | C, 0},
						{"lot", 't', L | F, 0}, {"qty", 'l', R | L, 0},
						{NULL, 0, 0, 0}}},
		{"event", 1, 0,
				{{"event_id", 't', K | R, 0},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"recorded", 'u', R | N, 0},
						{"subject_kind", 't', R, 0},
						{"subject_id", 't', R | F, 0},
						{"line_number", 'i', C, 0}, {"type", 't', R, 0},
						{"class", 't', R, 0}, {"occurred", 'u', R, 0},
						{"source_id", 't', P | F, 0},
						{"source_role", 't', 0, 0}, {"corrects", 't', F, 0},
						{NULL, 0, 0, 0}}},
		{"return", 0, 0,
				{{"return_id", 't', K | R, 0},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"recorded", 'u', R | N, 0},
						{"order_id", 't', R, TO(ORDER)},
						{"line_number", 'i', R | C, 0}, {"qty", 'l', R, 0},
						{"reason", 't', R, 0}, {"requested", 'u', R, 0},
						{NULL, 0, 0, 0}}},
		{"inventory", 0, 0,
				{{"location_id", 't', K | R, TO(LOCATION)},
						{"item_id", 't', K | R, TO(ITEM)},
						{"status", 't', K | R, 0}, {"lot", 't', K | E, 0},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"number", 'l', K | E, 0},
						{"recorded", 'u', R | N, 0}, {"as_of", 'u', R, 0},
						{"qty", 'l', R | F, 0}, {"reserved", 'l', 0, 0},
						{NULL, 0, 0, 0}}},
		{"membership", 0, 0,
				{{"partner_id", 't', K | R | P, TO(PARTNER)},
						{"constellation_id", 't', K | R, TO(CONSTELLATION)},
						{"recorded", 'u', R | N, 0}, {"role", 't', 0, 0},
						{"from", 'u', 0, 0}, {"until", 'u', 0, 0},
						{NULL, 0, 0, 0}}},
		{"order_revision", 0, 0,
				{{"order_id", 't', K | R, TO(ORDER)},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"revision", 'i', K | R | C, 0},
						{"recorded", 'u', R | N, 0}, {"changed", 'u', R, 0},
						{"initiator", 't', R, 0}, {"agreed", 'f', R, 0},
						{"line_number", 'i', C, 0},
						{"field", 't', R | F, 0}, {"old_value", 't', F, 0},
						{"new_value", 't', F, 0}, {NULL, 0, 0, 0}}},
		{"shipment_leg", 0, 0,
				{{"shipment_id", 't', K | R, TO(SHIPMENT)},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"leg", 'i', K | R | C, 0},
						{"recorded", 'u', R | N, 0}, {"mode", 't', R, 0},
						{"from_location", 't', R, TO(LOCATION)},
						{"to_location", 't', R, TO(LOCATION)},
						{"distance_m", 'l', 0, 0},
						{"distance_kind", 't', 0, 0},
						{"operator", 't', P, TO(PARTNER)},
						{NULL, 0, 0, 0}}},
		{"shipment_document", 0, 0,
				{{"shipment_id", 't', K | R, TO(SHIPMENT)},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"type", 't', K | R, 0},
						{"recorded", 'u', R | N, 0}, {"state", 't', R, 0},
						{"at", 'u', 0, 0}, {"reference", 't', F, 0},
						{NULL, 0, 0, 0}}},
		{"customer", 0, 0,
				{{"customer_id", 't', K | R, 0},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"recorded", 'u', R | N, 0}, {"kind", 't', R, 0},
						{"country", 't', 0, 0}, {"first_seen", 'd', 0, 0},
						{"partner_id", 't', P, TO(PARTNER)},
						{"constellation_id", 't', 0, TO(CONSTELLATION)},
						{"legal_hold", 'f', 0, 0}, {"segment", 't', F, 0},
						{"stage", 't', 0, 0}, {NULL, 0, 0, 0}}},
		{"interaction", 1, 0,
				{{"event_id", 't', K | R, 0},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"recorded", 'u', R | N, 0},
						{"customer_id", 't', R, TO(CUSTOMER)},
						{"kind", 't', R, 0}, {"valid", 'u', R, 0},
						{"order_id", 't', 0, TO(ORDER)},
						{"number", 'l', F, 0}, {"scale_min", 'l', F, 0},
						{"scale_max", 'l', F, 0}, {"public", 'f', 0, 0},
						{"reason", 't', 0, 0}, {"weight", 'l', 0, 0},
						{"reference", 't', F, 0}, {NULL, 0, 0, 0}}},
		{"consent", 1, 0,
				{{"consent_id", 't', K | R, 0},
						{"owner", 't', K | E | P, TO(PARTNER)},
						{"recorded", 'u', R | N, 0},
						{"customer_id", 't', R, TO(CUSTOMER)},
						{"purpose", 'i', R | C, 0},
						{"constellation_id", 't', 0, TO(CONSTELLATION)},
						{"basis", 't', R, 0}, {"state", 't', R, 0},
						{"valid_from", 'u', R, 0},
						{"valid_until", 'u', 0, 0}, {NULL, 0, 0, 0}}},
		{"partner_identifier", 0, 0,
				{{"partner_id", 't', K | R | P, TO(PARTNER)},
						{"scheme", 't', K | R, 0},
						{"identifier", 't', K | R, 0},
						{"recorded", 'u', R | N, 0}, {"from", 'u', 0, 0},
						{"until", 'u', 0, 0}, {NULL, 0, 0, 0}}},
		{"partner_attribute", 0, 0,
				{{"partner_id", 't', K | R | P, TO(PARTNER)},
						{"name", 't', K | R, 0}, {"source", 't', K | R, 0},
						{"recorded", 'u', R | N, 0}, {"value", 'n', F, 0},
						{"text", 't', F, 0}, {"valid", 'u', 0, 0},
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

const char *const tape_attributes[TAPE_ATTRIBUTES] = {"a", "b"};

const char *tape_attribute(const tape_cell *object, const char *name, char out[TAPE_TEXT])
{
	char quoted[TAPE_TEXT];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\":\"", name);
	at = object->there ? strstr(object->text, quoted) : NULL;
	if (!at)
		return NULL;
	at += strlen(quoted);
	snprintf(out, TAPE_TEXT, "%.*s", (int)strcspn(at, "\""), at);
	return out;
}
