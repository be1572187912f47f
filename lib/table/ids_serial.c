/* Ids as bytes, in the order that makes states canonical: a number as 8 bytes, a text as its length
 * in one byte and the text. Ids that come back are not trusted. */
#include <string.h>

#include "base/text.h"
#include "table/ids.h"

void cstn__id_put(cstn__bytes *out, const cstn__ids *ids, uint32_t number)
{
	char room[24];
	const char *text;
	size_t len;

	if (ids->type != CSTN_TYPE_TEXT) {
		cstn__bytes_put_u64(out, (uint64_t)cstn__ids_number(ids, number));
		return;
	}
	text = cstn__ids_text(ids, number, room, &len);
	cstn__bytes_put_u8(out, (uint8_t)len);
	cstn__bytes_put(out, text, len);
}

int cstn__id_read(cstn__reader *in, const cstn__ids *ids, int64_t limit, cstn__last_id *last)
{
	cstn__last_id id = {1, 0, NULL, 0};
	int order = 1;

	if (ids->type == CSTN_TYPE_TEXT) {
		id.len = cstn__read_u8(in);
		id.text = cstn__read_bytes(in, id.len);
		if (!id.text || id.len == 0 || id.len > CSTN__IDS_TEXT_MOST ||
				!cstn__utf8_is_valid(id.text, id.len))
			return -1;
		if (last->has) {
			order = memcmp(id.text, last->text,
					id.len < last->len ? id.len : last->len);
			if (!order)
				order = (id.len > last->len) - (id.len < last->len);
		}
	} else {
		id.number = (int64_t)cstn__read_u64(in);
		if (in->failed || (limit && (id.number < 0 || id.number >= limit)))
			return -1;
		if (last->has)
			order = (id.number > last->number) - (id.number < last->number);
	}
	*last = id;
	return order < 0 ? -1 : order > 0;
}

uint32_t cstn__id_intern(cstn__ids *ids, const cstn__last_id *id)
{
	return ids->type == CSTN_TYPE_TEXT ? cstn__ids_of_text(ids, (const char *)id->text, id->len)
					   : cstn__ids_of_i64(ids, id->number);
}

int cstn__id_read_next(cstn__reader *in, cstn__ids *ids, cstn__last_id *last)
{
	if (cstn__id_read(in, ids, 0, last) != 1)
		return -1;
	return cstn__id_intern(ids, last) == CSTN__IDS_NONE ? -2 : 0;
}

int cstn__read_varint(cstn__reader *in, uint64_t *out)
{
	uint64_t value = 0;
	int shift;

	for (shift = 0; shift < 64; shift += 7) {
		uint8_t byte = cstn__read_u8(in);

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*out = value;
			return in->failed || (shift && !byte) || (shift == 63 && byte > 1) ? -1 : 0;
		}
	}
	return -1;
}
