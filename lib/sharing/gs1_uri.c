/* EPC URIs and GS1 Digital Links as one canonical link, https://id.gs1.org/KEY/VALUE.
 *
 * Two tables: the schemes of EPC URIs, with the layout of company prefix and reference, and the
 * application identifiers that are keys of links, with the form of their values and the qualifiers
 * they may have. A check digit is worked out where an EPC URI leaves it out and never checked where
 * a link has one. Of the qualifiers the finest stays: a serial number before a lot; the variant
 * goes. What breaks its table is no GS1 key, and the caller keeps it as it is.
 * Cost: one pass over the text. Sources: GS1 EPC Tag Data Standard 2.0, chapter 6; GS1 Digital Link
 * 1.2, chapter 7; the choice among qualifiers is that of CBV 2.0, section 8.9. */
#include "sharing/gs1_uri.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DOMAIN "https://id.gs1.org/"

/* A run of text that is not owned. */
typedef struct span {
	const char *text;
	size_t len;
} span;

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static int all_digits(span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!is_digit(s.text[i]))
			return 0;
	return 1;
}

static int hex_of(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* GS1 AI encodable character sets 82 and 39. */
static int in_set_82(int c)
{
	return c > 0 && c < 128 &&
	       (is_letter((char)c) || strchr("!\"%&'()*+,-./0123456789:;<=>?_", c));
}

static int in_set_39(int c)
{
	return (c >= 'A' && c <= 'Z') || (c > 0 && c < 128 && strchr("#-/0123456789", c) != NULL);
}

/* What an EPC URI may write bare. */
static int is_bare_82(int c)
{
	return c > 0 && c < 128 && (is_letter((char)c) || strchr("!')(*+,.-0123456789:;=_", c));
}

static int is_bare_39(int c)
{
	return (c >= 'A' && c <= 'Z') || is_digit((char)c) || c == '-';
}

/* Characters of a value with its escapes, each counted once; 0 if one is not allowed. */
static size_t characters(span s, int (*bare)(int), int (*escaped)(int))
{
	size_t i, n = 0;

	for (i = 0; i < s.len; i++, n++) {
		if (s.text[i] == '%') {
			int high = i + 2 < s.len ? hex_of(s.text[i + 1]) : -1;
			int low = high >= 0 ? hex_of(s.text[i + 2]) : -1;

			if (low < 0 || !escaped(high * 16 + low))
				return 0;
			i += 2;
		} else if (!bare((unsigned char)s.text[i])) {
			return 0;
		}
	}
	return n;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* A value with the characters escaped that a link may not have bare. */
static void put_escaped(cstn__bytes *out, span s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (strchr("!()*+,:", s.text[i]))
			cstn__bytes_put_format(out, "%%%02X", (unsigned int)s.text[i]);
		else
			cstn__bytes_put_u8(out, (uint8_t)s.text[i]);
	}
}

/* Digits and their check digit, weights 3 and 1 from the right. */
static void put_checked(cstn__bytes *out, const char *digits, size_t n)
{
	size_t i;
	int sum = 0;

	for (i = 0; i < n; i++)
		sum += (digits[i] - '0') * ((n - i) % 2 == 1 ? 3 : 1);
	cstn__bytes_put(out, digits, n);
	cstn__bytes_put_u8(out, (uint8_t)('0' + (10 - sum % 10) % 10));
}

static void put_key(cstn__bytes *out, const char *key)
{
	cstn__bytes_put_text(out, DOMAIN);
	cstn__bytes_put_text(out, key);
	cstn__bytes_put_u8(out, '/');
}

/* --- EPC URIs --------------------------------------------------------------------------------- */

/* How company prefix and reference make the key's value. */
enum layout {
	TURNED, /* the reference's first digit before the prefix: GTIN, SSCC */
	PLAIN,  /* prefix and reference */
	ZEROED, /* with a 0 before: GRAI */
	LETTERS /* the reference is no number and has no check digit: GIAI, GINC, CPI */
};

/* What follows the reference. */
enum tail {
	NOTHING,
	SERIAL,       /* .serial, after `extension` */
	SERIAL_OR_NO, /* .serial, where 0 is none: SGLN */
	DIGITS,       /* .digits, at most 12 */
	PIECES,       /* .piece.total.serial: ITIP */
	ANY,          /* .*: a pattern */
	PIECES_ANY    /* .piece.total.* */
};

typedef struct scheme {
	const char *name;
	const char *key;
	enum layout layout;
	enum tail tail;
	size_t digits;         /* of prefix and reference; of LETTERS the most characters */
	const char *extension; /* key of what follows; "": behind the value */
	size_t most;           /* characters of the serial */
} scheme;

static const scheme schemes[] = {
		{"id:sgtin:", "01", TURNED, SERIAL, 13, "/21/", 20},
		{"id:sscc:", "00", TURNED, NOTHING, 17, "", 0},
		{"id:sgln:", "414", PLAIN, SERIAL_OR_NO, 12, "/254/", 20},
		{"id:grai:", "8003", ZEROED, SERIAL, 12, "", 16},
		{"id:giai:", "8004", LETTERS, NOTHING, 30, "", 0},
		{"id:gsrn:", "8018", PLAIN, NOTHING, 17, "", 0},
		{"id:gsrnp:", "8017", PLAIN, NOTHING, 17, "", 0},
		{"id:gdti:", "253", PLAIN, SERIAL, 12, "", 17},
		{"id:cpi:", "8010", LETTERS, DIGITS, 30, "/8011/", 12},
		{"id:sgcn:", "255", PLAIN, DIGITS, 12, "", 12},
		{"id:ginc:", "401", LETTERS, NOTHING, 30, "", 0},
		{"id:gsin:", "402", PLAIN, NOTHING, 16, "", 0},
		{"id:itip:", "8006", TURNED, PIECES, 13, "/21/", 20},
		{"id:upui:", "01", TURNED, SERIAL, 13, "/235/", 28},
		{"id:pgln:", "417", PLAIN, NOTHING, 12, "", 0},
		{"class:lgtin:", "01", TURNED, SERIAL, 13, "/10/", 20},
		{"idpat:sgtin:", "01", TURNED, ANY, 13, "", 0},
		{"idpat:grai:", "8003", ZEROED, ANY, 12, "", 0},
		{"idpat:gdti:", "253", PLAIN, ANY, 12, "", 0},
		{"idpat:sgcn:", "255", PLAIN, ANY, 12, "", 0},
		{"idpat:cpi:", "8010", LETTERS, ANY, 30, "", 0},
		{"idpat:itip:", "8006", TURNED, PIECES_ANY, 13, "", 0},
		{"idpat:upui:", "01", TURNED, ANY, 13, "", 0},
};

#define PREFIX_LEAST 6
#define PREFIX_MOST 12

/* Cut `rest` at the next dot: what stands before it; all of it without a dot. */
static span next_part(span *rest)
{
	const char *dot = memchr(rest->text, '.', rest->len);
	span part = {rest->text, dot ? (size_t)(dot - rest->text) : rest->len};

	rest->text += part.len + (dot != NULL);
	rest->len -= part.len + (dot != NULL);
	return part;
}

/* Company prefix and reference of fixed length: 1, or 0 if they are none. */
static int put_numbers(cstn__bytes *out, const scheme *form, span prefix, span reference)
{
	char digits[24];
	size_t n = 0;

	if (prefix.len + reference.len != form->digits || !all_digits(reference) ||
			(form->layout == TURNED && reference.len == 0))
		return 0;
	if (form->layout == TURNED)
		digits[n++] = *reference.text++, reference.len--;
	if (form->layout == ZEROED)
		digits[n++] = '0';
	memcpy(digits + n, prefix.text, prefix.len);
	memcpy(digits + n + prefix.len, reference.text, reference.len);
	put_key(out, form->key);
	put_checked(out, digits, n + prefix.len + reference.len);
	return 1;
}

/* Company prefix and a reference that is no number. */
static int put_letters(cstn__bytes *out, const scheme *form, span prefix, span reference)
{
	int is_part = strcmp(form->key, "8010") == 0;
	size_t n = is_part ? characters(reference, is_bare_39, in_set_39)
			   : characters(reference, is_bare_82, in_set_82);

	if (n < 1 || prefix.len + n > form->digits)
		return 0;
	put_key(out, form->key);
	cstn__bytes_put(out, prefix.text, prefix.len);
	put_escaped(out, reference);
	return 1;
}

static int put_serial(cstn__bytes *out, const scheme *form, span serial)
{
	size_t n = characters(serial, is_bare_82, in_set_82);

	if (n < 1 || n > form->most)
		return 0;
	if (form->tail == SERIAL_OR_NO && serial.len == 1 && serial.text[0] == '0')
		return 1;
	cstn__bytes_put_text(out, form->extension);
	put_escaped(out, serial);
	return 1;
}

static int put_pieces(cstn__bytes *out, span *rest)
{
	span piece = next_part(rest), total = next_part(rest);

	if (piece.len != 2 || total.len != 2 || !all_digits(piece) || !all_digits(total))
		return 0;
	cstn__bytes_put(out, piece.text, 2);
	cstn__bytes_put(out, total.text, 2);
	return 1;
}

static int put_tail(cstn__bytes *out, const scheme *form, span rest)
{
	switch (form->tail) {
	case NOTHING:
		return rest.len == 0;
	case DIGITS:
		if (rest.len < 1 || rest.len > form->most || !all_digits(rest))
			return 0;
		cstn__bytes_put_text(out, form->extension);
		cstn__bytes_put(out, rest.text, rest.len);
		return 1;
	case PIECES:
		return put_pieces(out, &rest) && put_serial(out, form, rest);
	case PIECES_ANY:
		return put_pieces(out, &rest) && rest.len == 1 && *rest.text == '*';
	case ANY:
		return rest.len == 1 && *rest.text == '*';
	default:
		return put_serial(out, form, rest);
	}
}

/* The reference of LETTERS may hold dots: all, or up to the last one where something follows. */
static span letters_of(const scheme *form, span *rest)
{
	span reference = *rest;

	if (form->tail == NOTHING) {
		rest->text += rest->len;
		rest->len = 0;
		return reference;
	}
	return next_part(rest);
}

static int put_scheme(cstn__bytes *out, const scheme *form, span rest)
{
	span prefix = next_part(&rest), reference;

	if (prefix.len < PREFIX_LEAST || prefix.len > PREFIX_MOST || !all_digits(prefix))
		return 0;
	if (form->layout == LETTERS) {
		reference = letters_of(form, &rest);
		return put_letters(out, form, prefix, reference) && put_tail(out, form, rest);
	}
	reference = next_part(&rest);
	return put_numbers(out, form, prefix, reference) && put_tail(out, form, rest);
}

static int put_urn(cstn__bytes *out, span rest)
{
	size_t i;

	for (i = 0; i < COUNT(schemes); i++) {
		size_t n = strlen(schemes[i].name);

		if (rest.len > n && memcmp(rest.text, schemes[i].name, n) == 0)
			return put_scheme(out, &schemes[i], (span){rest.text + n, rest.len - n});
	}
	return 0;
}

/* --- Digital Links ---------------------------------------------------------------------------- */

typedef struct link_key {
	const char *code, *name;
	size_t digits; /* that the value begins with */
	size_t least;  /* characters in all */
	size_t most;
	int32_t is_part;           /* character set 39 */
	const char *qualifiers[4]; /* finest first; "" of the variant, which goes */
} link_key;

static const link_key link_keys[] = {
		{"00", "sscc", 18, 18, 18, 0, {NULL}},
		{"01", "gtin", 14, 14, 14, 0, {"235", "21", "10", NULL}},
		{"253", "gdti", 13, 13, 30, 0, {NULL}},
		{"255", "gcn", 13, 13, 25, 0, {NULL}},
		{"401", "ginc", 0, 1, 30, 0, {NULL}},
		{"402", "gsin", 17, 17, 17, 0, {NULL}},
		{"414", "gln", 13, 13, 13, 0, {"254", NULL}},
		{"417", "party", 13, 13, 13, 0, {NULL}},
		{"8003", "grai", 14, 14, 30, 0, {NULL}},
		{"8004", "giai", 0, 1, 30, 0, {NULL}},
		{"8006", "itip", 18, 18, 18, 0, {"21", "10", NULL}},
		{"8010", "cpid", 0, 1, 30, 1, {"8011", NULL}},
		{"8017", "gsrnp", 18, 18, 18, 0, {NULL}},
		{"8018", "gsrn", 18, 18, 18, 0, {NULL}},
};
static const struct {
	const char *name, *code;
} qualifier_names[] = {{"cpv", "22"}, {"lot", "10"}, {"ser", "21"}};

#define GTIN_KEY "01"
#define GTIN_DIGITS 14
#define VARIANT "22"
#define SERIAL_MOST 20
#define LEAST_VALUE 5 /* of any key in a link: four digits and one character */

static int is_text(span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.text, text, s.len) == 0;
}

static span next_segment(span *rest)
{
	const char *slash = memchr(rest->text, '/', rest->len);
	span part = {rest->text, slash ? (size_t)(slash - rest->text) : rest->len};

	rest->text += part.len + (slash != NULL);
	rest->len -= part.len + (slash != NULL);
	return part;
}

static const link_key *key_of(span segment)
{
	size_t i;

	for (i = 0; i < COUNT(link_keys); i++)
		if (is_text(segment, link_keys[i].code) || is_text(segment, link_keys[i].name))
			return &link_keys[i];
	return NULL;
}

/* Characters that a link has bare; escaped ones are none here, as CBV's reference leaves them. */
static int is_link_character(int c)
{
	return c > 0 && c < 128 && (is_letter((char)c) || strchr("\"'-.0123456789;<=>?_", c));
}

static int is_part_character(int c)
{
	return in_set_39(c);
}

static int no_escape(int c)
{
	(void)c;
	return 0;
}

static int is_value(const link_key *key, span value)
{
	span digits = {value.text, key->digits};
	size_t n = characters(
			value, key->is_part ? is_part_character : is_link_character, no_escape);

	return n == value.len && n >= key->least && n <= key->most && all_digits(digits);
}

/* A GTIN of 8, 12 or 13 digits has 14 with zeros before. */
static size_t gtin_zeros(const link_key *key, span value)
{
	if (strcmp(key->code, GTIN_KEY) != 0 || !all_digits(value) ||
			(value.len != 8 && value.len != 12 && value.len != 13))
		return 0;
	return GTIN_DIGITS - value.len;
}

/* The place of a qualifier among its key's; -1 for the variant, -2 for one it does not have. */
static int rank_of(const link_key *key, span name)
{
	size_t i;

	for (i = 0; i < COUNT(qualifier_names); i++)
		if (is_text(name, qualifier_names[i].name)) {
			name.text = qualifier_names[i].code;
			name.len = strlen(name.text);
			break;
		}
	for (i = 0; key->qualifiers[i]; i++)
		if (is_text(name, key->qualifiers[i]))
			return (int)i;
	return is_text(name, VARIANT) && key->qualifiers[0] &&
					       strcmp(key->qualifiers[0], "254") != 0 &&
					       strcmp(key->qualifiers[0], "8011") != 0
			       ? -1
			       : -2;
}

/* Is this what a qualifier may hold? */
static int is_qualified(const link_key *key, int rank, span value)
{
	size_t most = SERIAL_MOST;

	if (rank >= 0 && strcmp(key->qualifiers[rank], "235") == 0)
		most = 28;
	if (rank >= 0 && strcmp(key->qualifiers[rank], "8011") == 0)
		return value.len >= 1 && value.len <= 12 && all_digits(value);
	return value.len >= 1 && value.len <= most &&
	       characters(value, is_link_character, no_escape) == value.len;
}

static int put_link(cstn__bytes *out, const link_key *key, span value, span rest)
{
	size_t zeros = gtin_zeros(key, value);
	span finest = {NULL, 0};
	int best = 4;

	if (zeros == 0 && !is_value(key, value))
		return 0;
	while (rest.len > 0) {
		span name = next_segment(&rest), held = next_segment(&rest);
		int rank = rank_of(key, name);

		if (rank < -1 || !is_qualified(key, rank, held))
			return 0;
		if (rank >= 0 && rank < best) {
			best = rank;
			finest = held;
		}
	}
	put_key(out, key->code);
	cstn__bytes_put(out, "00000000000000", zeros);
	cstn__bytes_put(out, value.text, value.len);
	if (finest.text) {
		cstn__bytes_put_u8(out, '/');
		cstn__bytes_put_text(out, key->qualifiers[best]);
		cstn__bytes_put_u8(out, '/');
		cstn__bytes_put(out, finest.text, finest.len);
	}
	return 1;
}

/* The path of a link without query and fragment; the first segment that is a key with a value. */
static int put_web(cstn__bytes *out, span rest)
{
	size_t i;

	for (i = 0; i < rest.len; i++)
		if (rest.text[i] == '?' || rest.text[i] == '#')
			rest.len = i;
	(void)next_segment(&rest); /* the host */
	while (rest.len > 0) {
		const link_key *key = key_of(next_segment(&rest));
		span after = rest, value = next_segment(&after);

		if (key && value.len >= LEAST_VALUE && all_digits((span){value.text, 4}))
			return put_link(out, key, value, after);
	}
	return 0;
}

int cstn__gs1_uri_put(cstn__bytes *out, const char *uri, size_t len)
{
	static const char *const starts[] = {"urn:epc:", "https://", "http://"};
	size_t i, before = out->size;

	for (i = 0; i < COUNT(starts); i++) {
		size_t n = strlen(starts[i]);
		span rest = {uri + n, len - n};

		if (len <= n || memcmp(uri, starts[i], n) != 0)
			continue;
		if (i == 0 ? put_urn(out, rest) : put_web(out, rest))
			return 1;
		out->size = before;
		return 0;
	}
	return 0;
}
