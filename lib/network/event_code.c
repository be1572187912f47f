/* The code tables: our event types and classes, the words of CBV 2.0, and which EPCIS and DCSA
 * codes mean which type.
 *
 * Each mapping is one table, read in both directions. Writing takes the first row of a type,
 * reading the first row that fits; so a type whose row comes after another one with the same codes
 * can be written but reads back as the other (gate out as departed: EPCIS has one word for both).
 * Cost: a walk over a table of some dozen rows. Sources: GS1 CBV 2.0 (2022), DCSA Track &
 * Trace 2.2. */
#include "network/event_code.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const type_names[CSTN__EVENT_TYPES] = {"picked", "packed", "staged", "loaded",
		"departed", "gate_out", "gate_in", "arrived", "discharged", "unpacked",
		"out_for_delivery", "delivered", "attempt_failed", "accepted", "inspected",
		"damaged", "wrong", "short", "returned", "restocked", "scrapped",
		"document_received", "document_approved", "document_issued", "document_rejected",
		"document_void", "correction", "other"};
static const char *const class_names[] = {"planned", "estimated", "actual"};
static const char *const class_codes[] = {"PLN", "EST", "ACT"};

#define OBJECT "ObjectEvent"
#define AGGREGATION "AggregationEvent"
#define TRANSACTION "TransactionEvent"
static const cstn__epcis_code epcis_codes[] = {
		{CSTN__EVENT_PICKED, OBJECT, "OBSERVE", "picking", NULL, NULL},
		{CSTN__EVENT_PACKED, AGGREGATION, "ADD", "packing", NULL, NULL},
		{CSTN__EVENT_STAGED, OBJECT, "OBSERVE", "staging_outbound", NULL, NULL},
		{CSTN__EVENT_LOADED, OBJECT, "OBSERVE", "loading", NULL, NULL},
		{CSTN__EVENT_DEPARTED, OBJECT, "OBSERVE", "departing", NULL, "in_transit"},
		{CSTN__EVENT_DEPARTED, OBJECT, "OBSERVE", "shipping", NULL, "in_transit"},
		{CSTN__EVENT_GATE_OUT, OBJECT, "OBSERVE", "departing", NULL, "in_transit"},
		{CSTN__EVENT_ARRIVED, OBJECT, "OBSERVE", "arriving", NULL, NULL},
		{CSTN__EVENT_GATE_IN, OBJECT, "OBSERVE", "arriving", NULL, NULL},
		{CSTN__EVENT_DISCHARGED, OBJECT, "OBSERVE", "unloading", NULL, NULL},
		{CSTN__EVENT_UNPACKED, AGGREGATION, "DELETE", "unpacking", NULL, NULL},
		{CSTN__EVENT_RETURNED, OBJECT, "OBSERVE", "receiving", "returned", "returned"},
		{CSTN__EVENT_DELIVERED, OBJECT, "OBSERVE", "receiving", NULL, NULL},
		{CSTN__EVENT_ACCEPTED, OBJECT, "OBSERVE", "accepting", NULL, NULL},
		{CSTN__EVENT_DAMAGED, OBJECT, "OBSERVE", "inspecting", "damaged", "damaged"},
		{CSTN__EVENT_WRONG, OBJECT, "OBSERVE", "inspecting", "mismatch_class",
				"mismatch_class"},
		{CSTN__EVENT_SHORT, OBJECT, "OBSERVE", "inspecting", "mismatch_quantity",
				"mismatch_quantity"},
		{CSTN__EVENT_INSPECTED, OBJECT, "OBSERVE", "inspecting", NULL, "conformant"},
		{CSTN__EVENT_RESTOCKED, OBJECT, "OBSERVE", "stocking", "sellable_accessible",
				"sellable_accessible"},
		{CSTN__EVENT_SCRAPPED, OBJECT, "DELETE", "destroying", NULL, "destroyed"},
		{CSTN__EVENT_DOCUMENT_ISSUED, TRANSACTION, "ADD", NULL, NULL, NULL},
		{CSTN__EVENT_DOCUMENT_RECEIVED, TRANSACTION, "OBSERVE", NULL, NULL, NULL},
		{CSTN__EVENT_DOCUMENT_VOID, TRANSACTION, "DELETE", NULL, NULL, NULL},
		{CSTN__EVENT_DOCUMENT_APPROVED, TRANSACTION, "OBSERVE", NULL, NULL, NULL},
		{CSTN__EVENT_DOCUMENT_REJECTED, TRANSACTION, "DELETE", NULL, NULL, NULL},
		{CSTN__EVENT_OTHER, OBJECT, "OBSERVE", "other", NULL, NULL},
};

static const cstn__dcsa_code dcsa_codes[] = {
		{CSTN__EVENT_PACKED, "EQUIPMENT", "STUF"},
		{CSTN__EVENT_LOADED, "EQUIPMENT", "LOAD"},
		{CSTN__EVENT_DEPARTED, "TRANSPORT", "DEPA"},
		{CSTN__EVENT_GATE_OUT, "EQUIPMENT", "GTOT"},
		{CSTN__EVENT_GATE_IN, "EQUIPMENT", "GTIN"},
		{CSTN__EVENT_ARRIVED, "TRANSPORT", "ARRI"},
		{CSTN__EVENT_DISCHARGED, "EQUIPMENT", "DISC"},
		{CSTN__EVENT_UNPACKED, "EQUIPMENT", "STRP"},
		{CSTN__EVENT_DOCUMENT_RECEIVED, "SHIPMENT", "RECE"},
		{CSTN__EVENT_DOCUMENT_APPROVED, "SHIPMENT", "APPR"},
		{CSTN__EVENT_DOCUMENT_ISSUED, "SHIPMENT", "ISSU"},
		{CSTN__EVENT_DOCUMENT_REJECTED, "SHIPMENT", "REJE"},
		{CSTN__EVENT_DOCUMENT_VOID, "SHIPMENT", "VOID"},
};

/* Our types of documents are those of the noun `event`; despatch advice is the packing slip. */
static const struct {
	const char *type;
	const char *codes[2]; /* EPCIS, DCSA */
} documents[] = {
		{"packing_slip", {"desadv", NULL}},
		{"bill_of_lading", {"bol", "TRD"}},
		{"invoice", {"inv", NULL}},
		{"certificate", {"cert", NULL}},
		{"customs", {NULL, "CUS"}},
		{"dangerous_goods", {NULL, "DGD"}},
};

static const char *const subject_kinds[] = {"order", "shipment", "item", "location", "return",
		"equipment", "transport", "document", "other"};

/* What the schemes of EPC URIs and the keys of GS1 Digital Links name. */
static const struct {
	const char *prefix, *kind;
} epc_kinds[] = {
		{"urn:epc:id:sscc:", "shipment"},
		{"urn:epc:id:gsin:", "shipment"},
		{"urn:epc:id:ginc:", "shipment"},
		{"urn:epc:id:sgtin:", "item"},
		{"urn:epc:class:lgtin:", "item"},
		{"urn:epc:idpat:sgtin:", "item"},
		{"urn:epc:id:itip:", "item"},
		{"urn:epc:id:upui:", "item"},
		{"urn:epc:id:sgln:", "location"},
		{"urn:epc:id:grai:", "equipment"},
		{"urn:epc:id:giai:", "equipment"},
		{CSTN__CONTAINER_URN, "equipment"},
		{"urn:epc:id:gdti:", "document"},
		{"https://id.gs1.org/00/", "shipment"},
		{"https://id.gs1.org/402/", "shipment"},
		{"https://id.gs1.org/401/", "shipment"},
		{"https://id.gs1.org/01/", "item"},
		{"https://id.gs1.org/414/", "location"},
		{"https://id.gs1.org/8003/", "equipment"},
		{"https://id.gs1.org/8004/", "equipment"},
		{"https://id.gs1.org/253/", "document"},
};

static const char *const steps[] = {"accepting", "arriving", "assembling", "collecting",
		"commissioning", "consigning", "creating_class_instance", "cycle_counting",
		"decommissioning", "departing", "destroying", "disassembling", "dispensing",
		"encoding", "entering_exiting", "holding", "inspecting", "installing", "killing",
		"loading", "other", "packing", "picking", "receiving", "removing", "repackaging",
		"repairing", "replacing", "reserving", "retail_selling", "sampling",
		"sensor_reporting", "shipping", "staging_outbound", "stock_taking", "stocking",
		"storing", "transporting", "unloading", "unpacking", "void_shipping"};
static const char *const dispositions[] = {"active", "available", "completeness_inferred",
		"completeness_verified", "conformant", "container_closed", "container_open",
		"damaged", "destroyed", "dispensed", "disposed", "encoded", "expired",
		"in_progress", "in_transit", "inactive", "mismatch_class", "mismatch_instance",
		"mismatch_quantity", "needs_replacement", "no_pedigree_match", "non_conformant",
		"non_sellable_other", "partially_dispensed", "recalled", "reserved", "retail_sold",
		"returned", "sellable_accessible", "sellable_not_accessible", "stolen",
		"unavailable", "unknown"};
static const char *const transactions[] = {"bol", "cert", "desadv", "inv", "pedigree", "po", "poc",
		"prodorder", "recadv", "rma", "testprd", "testres", "upevt"};
static const char *const sources[] = {"location", "owning_party", "possessing_party"};
static const char *const reasons[] = {"did_not_occur", "incorrect_data"};

/* A standard word stands bare, or after one of three namespaces. */
static const struct {
	const char *const *words;
	size_t n;
	const char *uri, *curie, *urn;
} lists[] = {
		{steps, COUNT(steps), "https://ref.gs1.org/cbv/BizStep-", "cbv:BizStep-",
				"urn:epcglobal:cbv:bizstep:"},
		{dispositions, COUNT(dispositions), "https://ref.gs1.org/cbv/Disp-", "cbv:Disp-",
				"urn:epcglobal:cbv:disp:"},
		{transactions, COUNT(transactions), "https://ref.gs1.org/cbv/BTT-", "cbv:BTT-",
				"urn:epcglobal:cbv:btt:"},
		{sources, COUNT(sources), "https://ref.gs1.org/cbv/SDT-", "cbv:SDT-",
				"urn:epcglobal:cbv:sdt:"},
		{reasons, COUNT(reasons), "https://ref.gs1.org/cbv/ER-", "cbv:ER-",
				"urn:epcglobal:cbv:er:"},
};

/* Position of a text in a list of words; n if it is not there. */
static size_t find(const char *const *words, size_t n, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0)
			return i;
	return n;
}

const char *cstn__event_type_name(int32_t type)
{
	return type_names[type - 1];
}

const char *cstn__event_class_name(int32_t class)
{
	return class_names[class - 1];
}

int32_t cstn__event_type_of(const char *name, size_t len)
{
	size_t i = find(type_names, COUNT(type_names), name, len);

	return i < COUNT(type_names) ? (int32_t)i + 1 : 0;
}

int32_t cstn__event_class_of(const char *name, size_t len)
{
	size_t i = find(class_names, COUNT(class_names), name, len);

	return i < COUNT(class_names) ? (int32_t)i + 1 : 0;
}

int32_t cstn__dcsa_class_of(const char *code)
{
	size_t i = find(class_codes, COUNT(class_codes), code, strlen(code));

	return i < COUNT(class_codes) ? (int32_t)i + 1 : 0;
}

const char *cstn__dcsa_class_code(int32_t class)
{
	return class_codes[class - 1];
}

int cstn__cbv_word(enum cstn__cbv_list list, const char *text, size_t len, const char **word)
{
	const char *const spaces[] = {lists[list].uri, lists[list].curie, lists[list].urn};
	size_t i, at;

	for (i = 0; i < COUNT(spaces); i++) {
		size_t skip = strlen(spaces[i]);

		if (len <= skip || memcmp(text, spaces[i], skip) != 0)
			continue;
		at = find(lists[list].words, lists[list].n, text + skip, len - skip);
		if (at == lists[list].n)
			return -1;
		*word = lists[list].words[at];
		return 1;
	}
	at = find(lists[list].words, lists[list].n, text, len);
	if (at == lists[list].n)
		return memchr(text, ':', len) ? 0 : -1;
	*word = lists[list].words[at];
	return 1;
}

static int same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

int32_t cstn__epcis_type_of(
		const char *event, const char *action, const char *step, const char *disposition)
{
	size_t i;

	for (i = 0; i < COUNT(epcis_codes); i++) {
		const cstn__epcis_code *code = &epcis_codes[i];

		if (!same(code->step, step) || (code->needs && !same(code->needs, disposition)))
			continue;
		if (code->step || (same(code->event, event) && same(code->action, action)))
			return code->type;
	}
	return CSTN__EVENT_OTHER;
}

const cstn__epcis_code *cstn__epcis_code_of(int32_t type)
{
	size_t i;

	for (i = 0; i < COUNT(epcis_codes); i++)
		if (epcis_codes[i].type == type)
			return &epcis_codes[i];
	return NULL;
}

int32_t cstn__dcsa_type_of(const char *event, const char *code)
{
	size_t i;

	for (i = 0; i < COUNT(dcsa_codes); i++)
		if (same(dcsa_codes[i].event, event) && same(dcsa_codes[i].code, code))
			return dcsa_codes[i].type;
	return CSTN__EVENT_OTHER;
}

const cstn__dcsa_code *cstn__dcsa_code_of(int32_t type)
{
	size_t i;

	for (i = 0; i < COUNT(dcsa_codes); i++)
		if (dcsa_codes[i].type == type)
			return &dcsa_codes[i];
	return NULL;
}

const char *cstn__epc_kind(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < COUNT(epc_kinds); i++) {
		size_t n = strlen(epc_kinds[i].prefix);

		if (len > n && memcmp(epc_kinds[i].prefix, text, n) == 0)
			return epc_kinds[i].kind;
	}
	return "other";
}

const char *cstn__subject_kind_of(const char *text, size_t len)
{
	const char *slash = memchr(text, '/', len);
	size_t i;

	if (!slash || slash + 1 == text + len)
		return NULL;
	i = find(subject_kinds, COUNT(subject_kinds), text, (size_t)(slash - text));
	return i < COUNT(subject_kinds) ? subject_kinds[i] : NULL;
}

const char *cstn__document_type_of(enum cstn__document_format format, const char *code)
{
	size_t i;

	for (i = 0; i < COUNT(documents); i++)
		if (documents[i].codes[format] && same(documents[i].codes[format], code))
			return documents[i].type;
	return NULL;
}

const char *cstn__document_code_of(enum cstn__document_format format, const char *type, size_t len)
{
	size_t i;

	for (i = 0; i < COUNT(documents); i++)
		if (find(&documents[i].type, 1, type, len) == 0)
			return documents[i].codes[format];
	return NULL;
}

int cstn__is_container(const char *text, size_t len)
{
	size_t i;

	if (len != 11)
		return 0;
	for (i = 0; i < 4; i++)
		if (text[i] < 'A' || text[i] > 'Z')
			return 0;
	for (; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return 0;
	return 1;
}
