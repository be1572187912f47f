/* What a network holds: nouns, fields, codes and state machines in one table.
 *
 * The store's schema, records, the rules of values, Arrow import and export, the public
 * introspection and so the documentation and the bindings follow this table; a field is added by
 * adding a line at the end of its noun. Numbers of nouns and fields are stored and never change.
 * The rows of the table stand by area in noun_company.c, noun_goods.c, noun_order.c,
 * noun_shipment.c, noun_customer.c, noun_sharing.c, noun_log.c and noun_agreement.c; this file puts
 * them in order and answers from them.
 *
 * Cost: constants only; a look-up by name walks a list. */
#include "network/noun_table.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define NOUN(id, name) [CSTN__NOUN_PLACE(id)] = &cstn__noun_##name

/* clang-format off */
static const cstn__field deletion_fields[] = {
	{0, "noun", CSTN_TYPE_INT32, REQUIRED, 0, ANY, 0, 0, 0, NULL, "number of the noun"},
	{1, "key", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
	{2, "key_2", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
	{3, "key_3", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
	{4, "key_4", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
	{5, "key_5", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
	{6, "key_6", CSTN_TYPE_TEXT, REQUIRED, 0, ANY, 0, 0, 0, NULL, ""},
	{7, "recorded", CSTN_TYPE_TIME, REQUIRED, 0, ANY, 0, 0, 0, NULL, "when it was known"},
};
const cstn__noun cstn__noun_deletion = {CSTN__NOUN_DELETION, CSTN__TABLE_APPEND, "deletion", "a record that ceased to be", deletion_fields, COUNT(deletion_fields), 0, 7, 0, -1, NULL, NULL, 0};

static const cstn__noun *const nouns[] = {
	NOUN(CSTN__NOUN_PARTNER, partner),
	NOUN(CSTN__NOUN_CONSTELLATION, constellation),
	NOUN(CSTN__NOUN_MEMBERSHIP, membership),
	NOUN(CSTN__NOUN_RELATION, relation),
	NOUN(CSTN__NOUN_PURPOSE, purpose),
	NOUN(CSTN__NOUN_ITEM, item),
	NOUN(CSTN__NOUN_LOCATION, location),
	NOUN(CSTN__NOUN_ORDER, order),
	NOUN(CSTN__NOUN_ORDER_REVISION, order_revision),
	NOUN(CSTN__NOUN_SHIPMENT, shipment),
	NOUN(CSTN__NOUN_SHIPMENT_LEG, shipment_leg),
	NOUN(CSTN__NOUN_SHIPMENT_DOCUMENT, shipment_document),
	NOUN(CSTN__NOUN_EVENT, event),
	NOUN(CSTN__NOUN_RETURN, return),
	NOUN(CSTN__NOUN_INVENTORY, inventory),
	NOUN(CSTN__NOUN_CUSTOMER, customer),
	NOUN(CSTN__NOUN_INTERACTION, interaction),
	NOUN(CSTN__NOUN_CONSENT, consent),
	NOUN(CSTN__NOUN_PARTNER_IDENTIFIER, partner_identifier),
	NOUN(CSTN__NOUN_PARTNER_ATTRIBUTE, partner_attribute),
	NOUN(CSTN__NOUN_VERIFIER, verifier),
	NOUN(CSTN__NOUN_FIELD_CLASS, field_class),
	NOUN(CSTN__NOUN_MEMBER_ROLE, member_role),
	NOUN(CSTN__NOUN_SHARING_POLICY, sharing_policy),
	NOUN(CSTN__NOUN_DELETION, deletion),
	NOUN(CSTN__NOUN_LINE_TOTAL, line_total),
	NOUN(CSTN__NOUN_LOG, log),
	NOUN(CSTN__NOUN_LOG_ENTRY, log_entry),
	NOUN(CSTN__NOUN_LOG_TILE, log_tile),
	NOUN(CSTN__NOUN_SHARING_AGREEMENT, sharing_agreement),
	NOUN(CSTN__NOUN_SHARING_OVERRIDE, sharing_override),
	NOUN(CSTN__NOUN_SHARING_RECEIPT, sharing_receipt),
	NOUN(CSTN__NOUN_TERM_USAGE, term_usage),
	NOUN(CSTN__NOUN_TERM_DUTY, term_duty),
	NOUN(CSTN__NOUN_TERM_CONSIDERATION, term_consideration),
	NOUN(CSTN__NOUN_DELIVERY, delivery),
	NOUN(CSTN__NOUN_CONFLICT_SET, conflict_set),
	NOUN(CSTN__NOUN_RELEASE, release),
	NOUN(CSTN__NOUN_SHARING_STATE, sharing_state),
};
/* clang-format on */
#define PUBLIC_NOUNS ((size_t)CSTN__NOUN_PUBLIC)

/* Names under which customers' personal data come; they are for a vault. */
static const char *const personal[] = {"name", "given_name", "family_name", "first_name",
		"last_name", "full_name", "email", "e_mail", "phone", "telephone", "address",
		"address_1", "address_2", "street", "city", "postcode", "zip", "birth_date",
		"date_of_birth", "tax_id", "bank_reference", "iban", "free_text", "text", NULL};

size_t cstn__nouns(const cstn__noun *const **out, size_t *n_public)
{
	*out = nouns;
	if (n_public)
		*n_public = PUBLIC_NOUNS;
	return COUNT(nouns);
}

const cstn__noun *cstn__noun_get(uint32_t id)
{
	size_t place = CSTN__NOUN_PLACE(id);

	return place < COUNT(nouns) && nouns[place]->id == id ? nouns[place] : NULL;
}

/* "orders" of "order", "inventories" of "inventory". */
static int is_plural(const char *text, const char *name)
{
	size_t len = strlen(name) - 1;

	if (strncmp(text, name, len) != 0)
		return 0;
	if (name[len] == 'y')
		return strcmp(text + len, "ies") == 0;
	return text[len] == name[len] && strcmp(text + len + 1, "s") == 0;
}

/* Most names differ in their first letter. */
static int is_name(const char *name, const char *given)
{
	return name[0] == given[0] && strcmp(name, given) == 0;
}

const cstn__noun *cstn__noun_named(const char *name)
{
	for (size_t i = 0; i < PUBLIC_NOUNS; i++)
		if (is_name(nouns[i]->name, name) ||
				(nouns[i]->name[0] == name[0] && is_plural(name, nouns[i]->name)))
			return nouns[i];
	return NULL;
}

const cstn__field *cstn__noun_field(const cstn__noun *noun, const char *name)
{
	for (size_t i = 0; i < noun->n_fields; i++)
		if (is_name(noun->fields[i].name, name))
			return &noun->fields[i];
	return NULL;
}

const cstn__field *cstn__noun_key_field(const cstn__noun *noun, uint32_t place)
{
	for (size_t i = 0; i < noun->n_fields; i++)
		if (noun->fields[i].key == place)
			return &noun->fields[i];
	return NULL;
}

cstn_status cstn__noun_find(const char *name, const cstn__noun **out, cstn_error **error)
{
	const char *names[PUBLIC_NOUNS];
	const cstn__noun *noun;
	int32_t similar;

	if (!name)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "noun is NULL");
	noun = cstn__noun_named(name);
	if (noun) {
		*out = noun;
		return CSTN_OK;
	}
	for (size_t i = 0; i < PUBLIC_NOUNS; i++)
		names[i] = nouns[i]->name;
	similar = cstn__text_similar(name, names, PUBLIC_NOUNS);
	return cstn__fail(error, CSTN_E_NOT_FOUND, "there is no noun '%.64s'%s%s", name,
			similar < 0 ? "" : "; similar: ", similar < 0 ? "" : names[similar]);
}

int cstn__is_personal(const cstn__noun *noun, const char *name)
{
	if (noun->id != CSTN__NOUN_CUSTOMER && noun->id != CSTN__NOUN_INTERACTION)
		return 0;
	for (size_t i = 0; personal[i]; i++)
		if (strcmp(personal[i], name) == 0)
			return 1;
	return 0;
}

cstn_status cstn__field_find(const cstn__noun *noun, const char *name, const cstn__field **out,
		cstn_error **error)
{
	const char *names[128];
	const cstn__field *field;
	int32_t similar;
	size_t n = 0;

	if (!name)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "field is NULL");
	field = cstn__noun_field(noun, name);
	if (field) {
		*out = field;
		return CSTN_OK;
	}
	if (cstn__is_personal(noun, name))
		return cstn__fail(error, CSTN_E_UNSUPPORTED,
				"field '%.64s' of noun '%s' is personal data, which is stored only "
				"in a vault: see cstn_customer_put()",
				name, noun->name);
	for (; n < noun->n_fields && n < COUNT(names); n++)
		names[n] = noun->fields[n].name;
	similar = cstn__text_similar(name, names, n);
	return cstn__fail(error, CSTN_E_NOT_FOUND, "noun '%s' has no field '%.64s'%s%s", noun->name,
			name, similar < 0 ? "" : "; similar: ", similar < 0 ? "" : names[similar]);
}

int32_t cstn__field_code(const cstn__field *field, const char *text, size_t len)
{
	for (int32_t i = 0; field->codes && field->codes[i]; i++)
		if (strlen(field->codes[i]) == len && memcmp(field->codes[i], text, len) == 0)
			return i;
	return -1;
}

/* --- public ----------------------------------------------------------------------------------- */

static const cstn__field *public_field(size_t noun, size_t field)
{
	return noun < PUBLIC_NOUNS && field < nouns[noun]->n_fields ? &nouns[noun]->fields[field]
								    : NULL;
}

size_t cstn_noun_count(void)
{
	return PUBLIC_NOUNS;
}

const char *cstn_noun_name(size_t noun)
{
	return noun < PUBLIC_NOUNS ? nouns[noun]->name : NULL;
}

size_t cstn_noun_find(const char *name)
{
	const cstn__noun *noun = name ? cstn__noun_named(name) : NULL;

	return noun ? CSTN__NOUN_PLACE(noun->id) : SIZE_MAX;
}

const char *cstn_noun_doc(size_t noun)
{
	return noun < PUBLIC_NOUNS ? nouns[noun]->doc : "";
}

int32_t cstn_noun_is_append_only(size_t noun)
{
	return noun < PUBLIC_NOUNS && cstn__noun_is_added_only(nouns[noun]);
}

int32_t cstn_noun_has_lines(size_t noun)
{
	return noun < PUBLIC_NOUNS && nouns[noun]->has_lines;
}

size_t cstn_noun_field_count(size_t noun)
{
	return noun < PUBLIC_NOUNS ? nouns[noun]->n_fields : 0;
}

size_t cstn_noun_field_find(size_t noun, const char *name)
{
	const cstn__field *field =
			noun < PUBLIC_NOUNS && name ? cstn__noun_field(nouns[noun], name) : NULL;

	return field ? field->number : SIZE_MAX;
}

const char *cstn_noun_field_name(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found ? found->name : NULL;
}

int32_t cstn_noun_field_type(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found ? found->type : 0;
}

int32_t cstn_noun_field_is_nullable(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found && !(found->flags & REQUIRED);
}

int32_t cstn_noun_field_is_line(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found && found->flags & LINE;
}

int32_t cstn_noun_field_key(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found ? (int32_t)found->key : 0;
}

const char *cstn_noun_field_doc(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found ? found->doc : "";
}

const char *cstn_noun_field_rule(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found ? cstn__rule_words(found) : "";
}

const char *cstn_noun_field_code(size_t noun, size_t field, size_t code)
{
	const cstn__field *found = public_field(noun, field);

	for (size_t i = 0; found && found->codes && found->codes[i]; i++)
		if (i == code)
			return found->codes[i];
	return NULL;
}

const char *cstn_noun_field_refers(size_t noun, size_t field)
{
	const cstn__field *found = public_field(noun, field);

	return found && found->refers ? cstn__noun_get(found->refers)->name : "";
}
