/* The graph of purposes: no purpose covers itself.
 *
 * A record of noun purpose is an edge, its key: purpose, constellation, parent. The edges of a
 * constellation are those of the snapshot less those that the transaction deleted, and those that
 * it put. From the parent of a new edge its ancestors are gathered, a generation a pass over the
 * edges, until a pass finds none; the purpose itself must not be among them.
 *
 * Cost: a scan of the constellation's purposes a generation. */
#include <string.h>

#include "base/error.h"
#include "network/checks.h"

typedef struct graph {
	cstn__checks *checks;
	const cstn__noun *noun;
	const struct cstn__checks_noun *own;
	const cstn__key *edge; /* the new one */
	cstn__interner seen;   /* its parent and what is above */
} graph;

/* An edge: above what was seen is its parent too. */
static cstn_status see(graph *at, const char *id, size_t id_len, const char *parent,
		size_t parent_len, cstn_error **error)
{
	if (parent_len == 0 || cstn__interner_find(&at->seen, id, id_len) == UINT32_MAX)
		return CSTN_OK;
	return cstn__intern(&at->seen, parent, parent_len) == UINT32_MAX ? cstn__fail_nomem(error)
									 : CSTN_OK;
}

/* What the transaction knows of a key that it put or deleted itself; NULL. */
static const cstn__known *own_change(const graph *at, const cstn__key *key)
{
	uint8_t bytes[CSTN__KEY_BYTES];
	uint32_t code = cstn__interner_find(
			&at->own->keys, (const char *)bytes, cstn__key_to_bytes(key, bytes));

	return code != UINT32_MAX && code < at->own->known.count && at->own->known.items[code].own
			       ? &at->own->known.items[code]
			       : NULL;
}

static cstn_status see_stored(graph *at, cstn_error **error)
{
	static const uint32_t columns[] = {CSTN__COLUMN_FIRST + CSTN__PURPOSE_PURPOSE_ID,
			CSTN__COLUMN_FIRST + CSTN__PURPOSE_PARENT_ID};
	const cstn__scan_text in = {CSTN__COLUMN_FIRST + CSTN__PURPOSE_CONSTELLATION_ID,
			at->edge->parts[1].text, at->edge->parts[1].len};
	cstn__scan_options options = {.columns = columns,
			.n_columns = 2,
			.texts = &in,
			.n_texts = 1,
			.as_of_us = INT64_MAX};
	cstn__key key = *at->edge;
	cstn__scan_chunk chunk;
	cstn__scan *scan = NULL;
	cstn_status status = cstn__scan_new(
			at->checks->base, CSTN__NOUN_PURPOSE, &options, &scan, error);

	while (status == CSTN_OK && (status = cstn__scan_next(scan, &chunk, error)) == CSTN_OK)
		for (uint64_t i = 0; i < chunk.rows && status == CSTN_OK; i++) {
			if (!(chunk.visible[i / 64] >> i % 64 & 1))
				continue;
			key.parts[0].text = (const char *)cstn__values_text(
					&chunk.columns[0], i, &key.parts[0].len);
			key.parts[2].text = (const char *)cstn__values_text(
					&chunk.columns[1], i, &key.parts[2].len);
			if (!own_change(at, &key))
				status = see(at, key.parts[0].text, key.parts[0].len,
						key.parts[2].text, key.parts[2].len, error);
		}
	cstn__scan_free(scan);
	return status == CSTN_DONE ? CSTN_OK : status;
}

/* The parts of a key that cstn__key_to_bytes() wrote; all of them are texts. */
static void read_bytes(const cstn__noun *noun, const char *bytes, cstn__key *out)
{
	memset(out, 0, sizeof(*out));
	out->noun = noun;
	for (uint32_t i = 0; i < noun->n_key; i++) {
		uint32_t len;

		memcpy(&len, bytes, sizeof(len));
		out->parts[i].text = bytes + sizeof(len);
		out->parts[i].len = len;
		bytes += sizeof(len) + len;
	}
}

static cstn_status see_own(graph *at, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	for (size_t i = 0; i < at->own->known.count && status == CSTN_OK; i++) {
		const cstn__known *known = &at->own->known.items[i];
		cstn__key key;

		if (!known->own || !known->there)
			continue;
		read_bytes(at->noun, at->own->keys.items[i].text, &key);
		if (key.parts[1].len == at->edge->parts[1].len &&
				memcmp(key.parts[1].text, at->edge->parts[1].text,
						key.parts[1].len) == 0)
			status = see(at, key.parts[0].text, key.parts[0].len, key.parts[2].text,
					key.parts[2].len, error);
	}
	return status;
}

cstn_status cstn__purpose_is_cyclic(
		cstn__checks *checks, const cstn__key *edge, int *out, cstn_error **error)
{
	graph at = {.checks = checks, .noun = edge->noun, .edge = edge};
	cstn_status status = CSTN_OK;
	size_t before = 0;

	*out = 0;
	if (edge->parts[2].len == 0)
		return CSTN_OK;
	at.own = &checks->nouns[CSTN__NOUN_PLACE(edge->noun->id)];
	cstn__interner_init(&at.seen, &checks->allocator, 7);
	if (cstn__intern(&at.seen, edge->parts[2].text, edge->parts[2].len) == UINT32_MAX)
		status = cstn__fail_nomem(error);
	while (status == CSTN_OK && before < at.seen.count) {
		before = at.seen.count;
		status = see_stored(&at, error);
		if (status == CSTN_OK)
			status = see_own(&at, error);
	}
	if (status == CSTN_OK)
		*out = cstn__interner_find(&at.seen, edge->parts[0].text, edge->parts[0].len) !=
		       UINT32_MAX;
	cstn__interner_free(&at.seen);
	return status;
}
