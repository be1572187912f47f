/* The pre-hash string of an EPCIS event, as CBV 2.0 names events by their content.
 *
 * One table says which members take part, in which order, and how each is written. A member is its
 * name, "=" and its value in one form: instants in UTC with milliseconds, numbers without zeros at
 * their ends, GS1 keys as canonical links, words of the vocabulary as whole URIs. Lists are sorted
 * by the bytes of what they give, extensions too, so that their order in the document says nothing.
 * Strings are put down in the document's order, their starts noted, and what must be sorted is
 * sorted in place. Order where the printed table and the reference implementation differ: as the
 * latter's published hashes have it. Cost: one pass, the sorting of lists. Source: GS1 CBV 2.0
 * (2022), section 8.9; RalphTro/epcis-event-hash-generator 1.9, its published strings. */
#include "sharing/prehash.h"

#include <math.h>
#include <string.h>

#include "base/sort.h"
#include "base/text.h"
#include "network/event_code.h"
#include "sharing/gs1_uri.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define IGNORE_NAMES "ignoreFields"
#define COMMENT "comment"
#define GS1_VOCABULARY "https://gs1.org/voc/"
#define CBV_SPACE "https://ref.gs1.org/cbv/"

/* --- the table -------------------------------------------------------------------------------- */

enum kind {
	VALUE,
	TIME,
	STEP,
	DISPOSITION,
	TRANSACTION_TYPE,
	SOURCE_TYPE,
	REPORT_TYPE,
	REPORT_EXCEPTION,
	REPORT_COMPONENT,
	MEMBERS, /* an object, or a list of them, by the table `of` */
	EPCS,    /* a list, each written as "epc" */
	EACH,    /* a list of objects, each written as `name`, by the table `of` */
	FREE     /* an object of extensions */
};

typedef struct property {
	const char *name;
	enum kind kind;
	const struct property *of;
	size_t n;
	const char *each; /* EACH: what an element is called; NULL: it has no name */
} property;

#define LIST(members) members, COUNT(members)
static const property amounts[] = {{"epcClass", VALUE, NULL, 0, NULL},
		{"quantity", VALUE, NULL, 0, NULL}, {"uom", VALUE, NULL, 0, NULL}};
static const property dispositions[] = {
		{"set", DISPOSITION, NULL, 0, NULL}, {"unset", DISPOSITION, NULL, 0, NULL}};
static const property places[] = {{"id", VALUE, NULL, 0, NULL}};
static const property transactions[] = {{"type", TRANSACTION_TYPE, NULL, 0, NULL},
		{"bizTransaction", VALUE, NULL, 0, NULL}};
static const property sources[] = {
		{"type", SOURCE_TYPE, NULL, 0, NULL}, {"source", VALUE, NULL, 0, NULL}};
static const property destinations[] = {
		{"type", SOURCE_TYPE, NULL, 0, NULL}, {"destination", VALUE, NULL, 0, NULL}};
static const property metadata[] = {{"time", TIME, NULL, 0, NULL},
		{"startTime", TIME, NULL, 0, NULL}, {"endTime", TIME, NULL, 0, NULL},
		{"deviceID", VALUE, NULL, 0, NULL}, {"deviceMetadata", VALUE, NULL, 0, NULL},
		{"rawData", VALUE, NULL, 0, NULL}, {"dataProcessingMethod", VALUE, NULL, 0, NULL},
		{"bizRules", VALUE, NULL, 0, NULL}};
static const property reports[] = {{"type", REPORT_TYPE, NULL, 0, NULL},
		{"exception", REPORT_EXCEPTION, NULL, 0, NULL}, {"deviceID", VALUE, NULL, 0, NULL},
		{"deviceMetadata", VALUE, NULL, 0, NULL}, {"rawData", VALUE, NULL, 0, NULL},
		{"dataProcessingMethod", VALUE, NULL, 0, NULL}, {"bizRules", VALUE, NULL, 0, NULL},
		{"time", TIME, NULL, 0, NULL}, {"microorganism", VALUE, NULL, 0, NULL},
		{"chemicalSubstance", VALUE, NULL, 0, NULL}, {"value", VALUE, NULL, 0, NULL},
		{"component", REPORT_COMPONENT, NULL, 0, NULL},
		{"stringValue", VALUE, NULL, 0, NULL}, {"booleanValue", VALUE, NULL, 0, NULL},
		{"hexBinaryValue", VALUE, NULL, 0, NULL}, {"uriValue", VALUE, NULL, 0, NULL},
		{"minValue", VALUE, NULL, 0, NULL}, {"maxValue", VALUE, NULL, 0, NULL},
		{"meanValue", VALUE, NULL, 0, NULL}, {"sDev", VALUE, NULL, 0, NULL},
		{"percRank", VALUE, NULL, 0, NULL}, {"percValue", VALUE, NULL, 0, NULL},
		{"uom", VALUE, NULL, 0, NULL}, {"coordinateReferenceSystem", VALUE, NULL, 0, NULL}};
static const property sensors[] = {{"sensorMetadata", MEMBERS, LIST(metadata), NULL},
		{"sensorReport", MEMBERS, LIST(reports), NULL}};

#define AMOUNTS(name)                                        \
	{                                                    \
		name, EACH, LIST(amounts), "quantityElement" \
	}
static const property event_members[] = {{"eventTime", TIME, NULL, 0, NULL},
		{"eventTimeZoneOffset", VALUE, NULL, 0, NULL},
		{"certificationInfo", VALUE, NULL, 0, NULL}, {"parentID", VALUE, NULL, 0, NULL},
		{"epcList", EPCS, NULL, 0, NULL}, {"inputEPCList", EPCS, NULL, 0, NULL},
		{"childEPCs", EPCS, NULL, 0, NULL}, AMOUNTS("quantityList"),
		AMOUNTS("childQuantityList"), AMOUNTS("inputQuantityList"),
		{"outputEPCList", EPCS, NULL, 0, NULL}, AMOUNTS("outputQuantityList"),
		{"action", VALUE, NULL, 0, NULL}, {"transformationID", VALUE, NULL, 0, NULL},
		{"bizStep", STEP, NULL, 0, NULL}, {"disposition", DISPOSITION, NULL, 0, NULL},
		{"persistentDisposition", MEMBERS, LIST(dispositions), NULL},
		{"readPoint", MEMBERS, LIST(places), NULL},
		{"bizLocation", MEMBERS, LIST(places), NULL},
		{"bizTransactionList", EACH, LIST(transactions), NULL},
		{"destinationList", EACH, LIST(destinations), NULL},
		{"sourceList", EACH, LIST(sources), NULL},
		{"sensorElementList", EACH, LIST(sensors), "sensorElement"},
		{"ilmd", FREE, NULL, 0, NULL}};
/* They take no part. */
static const char *const left_out[] = {
		"type", "eventID", "recordTime", "errorDeclaration", "@context"};

/* Words whose URI is a namespace and the word; the vocabularies that the library reads by columns
 * are those of event_code.h. */
static const char *const measurements[] = {"AbsoluteHumidity", "AbsorbedDose", "AbsorbedDoseRate",
		"Acceleration", "Altitude", "AmountOfSubstance", "AmountOfSubstancePerUnitVolume",
		"Angle", "AngularAcceleration", "AngularMomentum", "AngularVelocity", "Area",
		"Capacitance", "Conductance", "Conductivity", "Count", "Density", "Dimensionless",
		"DoseEquivalent", "DoseEquivalentRate", "DynamicViscosity", "ElectricCharge",
		"ElectricCurrent", "ElectricCurrentDensity", "ElectricFieldStrength", "Energy",
		"Exposure", "Force", "Frequency", "Illuminance", "Inductance", "Irradiance",
		"KinematicViscosity", "Length", "LinearMomentum", "Luminance", "LuminousFlux",
		"LuminousIntensity", "MagneticFlux", "MagneticFluxDensity",
		"MagneticVectorPotential", "Mass", "MassConcentration", "MassFlowRate",
		"MassPerAreaTime", "MemoryCapacity", "MolalityOfSolute", "MolarEnergy", "MolarMass",
		"MolarVolume", "Power", "Pressure", "RadiantFlux", "RadiantIntensity",
		"Radioactivity", "RelativeHumidity", "Resistance", "Resistivity", "SolidAngle",
		"SpecificVolume", "Speed", "SurfaceDensity", "SurfaceTension", "Temperature",
		"Time", "Torque", "Voltage", "Volume", "VolumeFlowRate", "VolumeFraction",
		"VolumetricFlux", "Wavenumber"};
static const char *const components[] = {"altitude", "axial_distance", "azimuth", "easting",
		"elevation_angle", "height", "latitude", "longitude", "northing", "polar_angle",
		"spherical_radius", "x", "y", "z"};
static const char *const exceptions[] = {"ALARM_CONDITION", "ERROR_CONDITION"};

/* Prefixes that the standard's own context declares. */
static const struct {
	const char *prefix, *uri;
} standard_prefixes[] = {{"epcis", "https://ref.gs1.org/epcis/"}, {"cbv", CBV_SPACE},
		{"gs1", GS1_VOCABULARY}, {"cbvmda", "urn:epcglobal:cbv:mda:"}};

/* --- state ------------------------------------------------------------------------------------ */

void cstn__prehash_init(cstn__prehash *walk, const cstn__event_reader *reader)
{
	memset(walk, 0, sizeof(*walk));
	walk->allocator = reader->allocator;
	walk->reader = reader;
	cstn__bytes_init(&walk->text, &walk->allocator);
	cstn__bytes_init(&walk->scratch, &walk->allocator);
	cstn__bytes_init(&walk->path, &walk->allocator);
}

void cstn__prehash_free(cstn__prehash *walk)
{
	cstn__bytes_free(&walk->text);
	cstn__bytes_free(&walk->scratch);
	cstn__bytes_free(&walk->path);
	cstn__array_free(&walk->allocator, &walk->starts);
}

/* The member of an object whose name ends in ":ignoreFields". */
static const json_t *ignored_of(const json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		const char *colon = strchr(name, ':');

		if (colon && strcmp(colon + 1, IGNORE_NAMES) == 0)
			return value;
	}
	return NULL;
}

void cstn__prehash_open(cstn__prehash *walk, const json_t *document)
{
	const json_t *body = json_object_get(document, "epcisBody");

	walk->contexts[0] = body ? json_object_get(document, "@context") : NULL;
	walk->ignored[0] = body ? ignored_of(document) : NULL;
	walk->ignored[1] = ignored_of(json_object_get(body, "queryResults"));
}

static int is_ignored(const cstn__prehash *walk, const char *name)
{
	const char *colon = strchr(name, ':');
	size_t i, k;

	if (strcmp(name, COMMENT) == 0 || (colon && strcmp(colon + 1, COMMENT) == 0 &&
							  strncmp(name, "rdfs:", 5) == 0))
		return 1;
	for (i = 0; i < COUNT(walk->ignored); i++)
		for (k = 0; k < json_array_size(walk->ignored[i]); k++) {
			const char *one = json_string_value(json_array_get(walk->ignored[i], k));

			if (one && strcmp(one, name) == 0)
				return 1;
		}
	return 0;
}

/* --- sorted pieces ---------------------------------------------------------------------------- */

typedef struct piece {
	size_t start, len;
} piece;

static int by_bytes(const void *a, const void *b, void *context)
{
	const uint8_t *text = context;
	const piece *x = a, *y = b;
	size_t least = x->len < y->len ? x->len : y->len;
	int order = memcmp(text + x->start, text + y->start, least);

	if (order != 0)
		return order;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* A piece begins here. */
static void begin_piece(cstn__prehash *walk)
{
	if (cstn__array_reserve(&walk->allocator, &walk->starts, 1))
		walk->text.failed = 1;
	else
		walk->starts.items[walk->starts.count++] = walk->text.size;
}

/* Sort the pieces that began since there were `first`, and forget their starts. */
static void sort_pieces(cstn__prehash *walk, size_t first)
{
	size_t i, n = walk->starts.count - first, from, size;
	piece *pieces;

	if (n < 2 || walk->text.failed) {
		walk->starts.count = first;
		return;
	}
	pieces = cstn__alloc(&walk->allocator, n * sizeof(*pieces));
	if (!pieces) {
		walk->text.failed = 1;
		return;
	}
	from = walk->starts.items[first];
	size = walk->text.size - from;
	for (i = 0; i < n; i++) {
		pieces[i].start = walk->starts.items[first + i];
		pieces[i].len = (i + 1 < n ? walk->starts.items[first + i + 1] : walk->text.size) -
				pieces[i].start;
	}
	cstn__sort(pieces, n, sizeof(*pieces), by_bytes, walk->text.data);
	walk->scratch.size = 0;
	for (i = 0; i < n; i++)
		cstn__bytes_put(&walk->scratch, walk->text.data + pieces[i].start, pieces[i].len);
	if (walk->scratch.failed)
		walk->text.failed = 1;
	else if (size > 0)
		memcpy(walk->text.data + from, walk->scratch.data, size);
	cstn__free(&walk->allocator, pieces, n * sizeof(*pieces));
	walk->starts.count = first;
}

/* --- values ----------------------------------------------------------------------------------- */

static int is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void put_instant(cstn__prehash *walk, const char *text, size_t len)
{
	int32_t offset, day, year, month, day_of_month;
	int64_t us, ms, rest;

	if (cstn__event_time(walk->reader, text, len, &us, &offset) != 0) {
		cstn__bytes_put(&walk->text, text, len);
		return;
	}
	ms = cstn__floor_div(us + 500, 1000);
	day = (int32_t)cstn__floor_div(ms, CSTN_DAY_US / 1000);
	rest = ms - (int64_t)day * (CSTN_DAY_US / 1000);
	cstn__civil_of(day, &year, &month, &day_of_month);
	cstn__bytes_put_format(&walk->text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)year,
			(int)month, (int)day_of_month, (int)(rest / 3600000),
			(int)(rest / 60000 % 60), (int)(rest / 1000 % 60), (int)(rest % 1000));
}

static void put_number(cstn__prehash *walk, double number)
{
	char room[32];

	if (number == floor(number)) /* all its digits, however large */
		cstn__bytes_put_format(&walk->text, "%.0f", number == 0 ? 0.0 : number);
	else
		cstn__bytes_put(&walk->text, room, cstn__format_double(number, room));
}

/* "gs1:Angle" with the standard's prefix written out: 1, or 0. */
static int put_curie(cstn__prehash *walk, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < COUNT(standard_prefixes); i++) {
		size_t n = strlen(standard_prefixes[i].prefix);

		if (len <= n + 1 || text[n] != ':' ||
				memcmp(text, standard_prefixes[i].prefix, n) != 0)
			continue;
		cstn__bytes_put_text(&walk->text, standard_prefixes[i].uri);
		cstn__bytes_put(&walk->text, text + n + 1, len - n - 1);
		return 1;
	}
	return 0;
}

static int put_listed(cstn__prehash *walk, const char *const *words, size_t n, const char *space,
		const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0) {
			cstn__bytes_put_text(&walk->text, space);
			cstn__bytes_put(&walk->text, text, len);
			return 1;
		}
	return 0;
}

static int put_cbv(cstn__prehash *walk, enum cstn__cbv_list list, const char *space,
		const char *text, size_t len)
{
	const char *word;

	if (cstn__cbv_word(list, text, len, &word) != 1)
		return 0;
	cstn__bytes_put_text(&walk->text, CBV_SPACE);
	cstn__bytes_put_text(&walk->text, space);
	cstn__bytes_put_text(&walk->text, word);
	return 1;
}

/* A word of the vocabulary that a member of this kind may hold: 1, or 0 if it is none. */
static int put_word(cstn__prehash *walk, enum kind kind, const char *text, size_t len)
{
	switch (kind) {
	case STEP:
		return put_cbv(walk, CSTN__CBV_STEP, "BizStep-", text, len);
	case DISPOSITION:
		return put_cbv(walk, CSTN__CBV_DISPOSITION, "Disp-", text, len);
	case TRANSACTION_TYPE:
		return put_cbv(walk, CSTN__CBV_TRANSACTION, "BTT-", text, len);
	case SOURCE_TYPE:
		return put_cbv(walk, CSTN__CBV_SOURCE, "SDT-", text, len);
	case REPORT_TYPE:
		return put_listed(
				walk, measurements, COUNT(measurements), GS1_VOCABULARY, text, len);
	case REPORT_EXCEPTION:
		return put_listed(walk, exceptions, COUNT(exceptions), GS1_VOCABULARY, text, len);
	case REPORT_COMPONENT:
		return put_listed(
				walk, components, COUNT(components), CBV_SPACE "Comp-", text, len);
	default:
		return 0;
	}
}

static void put_text(cstn__prehash *walk, enum kind kind, const char *text, size_t len)
{
	double number;

	if (kind == TIME)
		put_instant(walk, text, len);
	else if (put_word(walk, kind, text, len) || put_curie(walk, text, len) ||
			cstn__gs1_uri_put(&walk->text, text, len))
		return;
	else if (cstn__parse_double(text, len, &number) == 0 && isfinite(number))
		put_number(walk, number);
	else
		cstn__bytes_put(&walk->text, text, len);
}

/* "=" and the value, if it is one and not empty: 1, else 0 and nothing. */
static int put_value(cstn__prehash *walk, enum kind kind, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t start, len = json_string_length(value);

	while (len > 0 && is_space(text[len - 1]))
		len--;
	for (; len > 0 && is_space(*text); len--)
		text++;
	if (!value || json_is_null(value) || (text && len == 0) || json_is_object(value) ||
			json_is_array(value))
		return 0;
	cstn__bytes_put_u8(&walk->text, '=');
	start = walk->text.size;
	if (text)
		put_text(walk, kind, text, len);
	else if (json_is_integer(value))
		cstn__bytes_put_format(&walk->text, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		put_number(walk, json_real_value(value));
	else
		cstn__bytes_put_text(&walk->text, json_is_true(value) ? "true" : "false");
	if (walk->leaf && !walk->text.failed && !walk->path.failed && !walk->stopped)
		walk->stopped = walk->leaf(walk->leaf_context, (const char *)walk->path.data,
				walk->path.size, (const char *)walk->text.data + start,
				walk->text.size - start);
	return 1;
}

/* --- members ---------------------------------------------------------------------------------- */

/* Where a name's place ends, for leave(). */
static size_t enter(cstn__prehash *walk, const char *name, size_t len)
{
	size_t before = walk->path.size;

	if (before > 0)
		cstn__bytes_put_u8(&walk->path, '.');
	cstn__bytes_put(&walk->path, name, len);
	return before;
}

static size_t enter_index(cstn__prehash *walk, size_t index)
{
	size_t before = walk->path.size;

	cstn__bytes_put_format(&walk->path, "[%zu]", index);
	return before;
}

static void leave(cstn__prehash *walk, size_t before)
{
	walk->path.size = before;
}

/* The URI of a prefix, NULL if nobody declares it. */
static const char *uri_of(const cstn__prehash *walk, const char *prefix, size_t len)
{
	size_t c, i, k;

	for (c = COUNT(walk->contexts); c-- > 0;) {
		const json_t *context = walk->contexts[c];
		size_t n = json_is_array(context) ? json_array_size(context) : context != NULL;

		for (i = 0; i < n; i++) {
			const json_t *one = json_is_array(context) ? json_array_get(context, i)
								   : context;
			const char *name;
			json_t *value;

			json_object_foreach((json_t *)(uintptr_t)one, name, value) if (
					strlen(name) == len && memcmp(name, prefix, len) == 0 &&
					json_is_string(value)) return json_string_value(value);
		}
	}
	for (k = 0; k < COUNT(standard_prefixes); k++)
		if (strlen(standard_prefixes[k].prefix) == len &&
				memcmp(standard_prefixes[k].prefix, prefix, len) == 0)
			return standard_prefixes[k].uri;
	return NULL;
}

/* "{namespace}name"; a prefix that nobody declares stays. */
static void put_name(const cstn__prehash *walk, cstn__bytes *out, const char *name)
{
	const char *colon = strchr(name, ':');
	const char *uri = colon ? uri_of(walk, name, (size_t)(colon - name)) : NULL;

	if (!uri) {
		cstn__bytes_put_text(out, name);
		return;
	}
	cstn__bytes_put_u8(out, '{');
	cstn__bytes_put_text(out, uri);
	cstn__bytes_put_u8(out, '}');
	cstn__bytes_put_text(out, colon + 1);
}

static void put_free(cstn__prehash *walk, const json_t *object, const property *known, size_t n);

/* An extension: its name with the value, or with its members sorted; a list is its elements. */
static void put_extension(cstn__prehash *walk, const char *name, const json_t *value)
{
	size_t i, start = walk->text.size, before;

	if (json_is_array(value)) {
		for (i = 0; i < json_array_size(value); i++) {
			before = enter_index(walk, i);
			put_extension(walk, name, json_array_get(value, i));
			leave(walk, before);
		}
		return;
	}
	begin_piece(walk);
	put_name(walk, &walk->text, name);
	if (json_is_object(value)) {
		size_t head = walk->text.size;

		put_free(walk, value, NULL, 0);
		if (walk->text.size > head)
			return;
	} else if (put_value(walk, VALUE, value)) {
		return;
	}
	walk->text.size = start;
	walk->starts.count -= walk->starts.count > 0 && !walk->text.failed;
}

/* The members of an object that the table does not have, sorted. */
static void put_free(cstn__prehash *walk, const json_t *object, const property *known, size_t n)
{
	size_t i, first = walk->starts.count;
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		size_t before = walk->path.size;
		int taken = is_ignored(walk, name);

		for (i = 0; i < n && !taken; i++)
			taken = strcmp(known[i].name, name) == 0;
		for (i = 0; i < COUNT(left_out) && known == event_members && !taken; i++)
			taken = strcmp(left_out[i], name) == 0;
		if (taken)
			continue;
		if (before > 0)
			cstn__bytes_put_u8(&walk->path, '.');
		put_name(walk, &walk->path, name);
		put_extension(walk, name, value);
		leave(walk, before);
	}
	sort_pieces(walk, first);
}

static void put_members(cstn__prehash *walk, const json_t *object, const property *table, size_t n);

/* One element of a member: 1 if it gave anything. */
static int put_element(
		cstn__prehash *walk, const property *of, const char *name, const json_t *value)
{
	size_t start = walk->text.size, head;

	begin_piece(walk);
	if (name)
		cstn__bytes_put_text(&walk->text, name);
	head = walk->text.size;
	if (of->kind == MEMBERS || of->kind == EACH)
		put_members(walk, value, of->of, of->n);
	else
		(void)put_value(walk, of->kind, value);
	if (walk->text.size > head)
		return 1;
	walk->text.size = start;
	walk->starts.count -= walk->starts.count > 0 && !walk->text.failed;
	return 0;
}

/* A member of the table: its elements, sorted; with the list's name before them where they have one
 * of their own. */
static void put_member(cstn__prehash *walk, const property *of, const json_t *value)
{
	int is_named = of->kind == EPCS || of->kind == EACH;
	const char *name = of->kind == EPCS ? "epc" : of->kind == EACH ? of->each : of->name;
	size_t i, n = json_is_array(value) ? json_array_size(value) : 1;
	size_t start = walk->text.size, head, first = walk->starts.count;

	if (is_named)
		cstn__bytes_put_text(&walk->text, of->name);
	head = walk->text.size;
	for (i = 0; i < n; i++) {
		size_t before = walk->path.size;

		if (json_is_array(value))
			(void)enter_index(walk, i);
		(void)put_element(walk, of, name,
				json_is_array(value) ? json_array_get(value, i) : value);
		leave(walk, before);
	}
	sort_pieces(walk, first);
	if (walk->text.size == head)
		walk->text.size = start;
}

/* The table's members of an object in its order, then the others. */
static void put_members(cstn__prehash *walk, const json_t *object, const property *table, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const json_t *value = json_object_get(object, table[i].name);
		size_t before, start = walk->text.size, head;

		if (!value || json_is_null(value) || is_ignored(walk, table[i].name))
			continue;
		before = enter(walk, table[i].name, strlen(table[i].name));
		if (table[i].kind == FREE) {
			cstn__bytes_put_text(&walk->text, table[i].name);
			head = walk->text.size;
			put_free(walk, value, NULL, 0);
			if (walk->text.size == head)
				walk->text.size = start;
		} else {
			put_member(walk, &table[i], value);
		}
		leave(walk, before);
	}
	put_free(walk, object, table, n);
}

int cstn__prehash_event(cstn__prehash *walk, const json_t *event)
{
	static const char type[] = "eventType";
	const char *name = json_string_value(json_object_get(event, "type"));
	size_t before;

	walk->text.size = walk->path.size = walk->starts.count = 0;
	walk->stopped = 0;
	walk->contexts[1] = json_object_get(event, "@context");
	before = enter(walk, type, strlen(type));
	cstn__bytes_put_text(&walk->text, type);
	if (name)
		(void)put_value(walk, VALUE, json_object_get(event, "type"));
	leave(walk, before);
	put_members(walk, event, event_members, COUNT(event_members));
	return walk->text.failed || walk->path.failed || walk->stopped ? -1 : 0;
}
