/* Operands of the Catena-X profile (release 2025-9) that are no conditions: components of a term,
 * and legal texts.
 *
 * A component is a statement about the whole rule, so it may stand only where it is a conjunct of
 * it: in a permission, in an obligation, and, for restrictions, alone in a prohibition. Cost: O(n).
 */
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "sharing/canonical_json.h"
#include "sharing/odrl.h"

#define DAY_US INT64_C(86400000000)

static int32_t what_of(const char *const *names, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return (int32_t)i;
	return -1;
}

static cstn_status add(cstn__odrl_reading *from, const cstn_odrl_component *component)
{
	if (cstn__array_reserve(&from->policy->allocator, &from->rule->components, 1))
		return cstn__fail_nomem(from->error);
	from->rule->components.items[from->rule->components.count++] = *component;
	return CSTN_OK;
}

static cstn_status put(cstn__odrl_reading *from, const char *name, int32_t kind, int64_t number)
{
	cstn_odrl_component made = {.kind = kind, .number = number};
	cstn_status status = cstn__odrl_keep(from, name, &made.text);

	return status == CSTN_OK ? add(from, &made) : status;
}

/* A word of the profile and what it means. */
typedef struct word {
	const char *operand, *value;
	int32_t kind;
	int64_t number;
} word;

static const word WORDS[] = {{"Membership", "active", CSTN_ODRL_MEMBERSHIP, 0},
		{"DataFrequency", "cx.dataFrequency.once:1", CSTN_ODRL_CALLS, 1},
		{"DataFrequency", "cx.dataFrequency.unlimited:1", CSTN_ODRL_CALLS, 0},
		{"DataUsageEndDefinition", "cx.dataUsageEnd.unlimited:1",
				CSTN_ODRL_RETENTION_WITHOUT_END, 0},
		{"UsageRestriction", "cx.thirdParty.forbidden:1", CSTN_ODRL_ONWARD_NONE, 0},
		{"UsageRestriction", "cx.derivations.forbidden:1", CSTN_ODRL_PROHIBIT_DERIVE, 0},
		{"ContractTermination", "cx.data.deletion:1", CSTN_ODRL_DELIVERED_DELETE, 0},
		{"ContractTermination", "cx.data.keeping:1", CSTN_ODRL_DELIVERED_KEEP, 0}};

static cstn_status read_word(cstn__odrl_reading *from, const char *name, const json_t *value)
{
	const char *text = cstn__odrl_text(value);
	size_t i;

	for (i = 0; text && i < sizeof(WORDS) / sizeof(*WORDS); i++)
		if (strcmp(WORDS[i].operand, name) == 0 &&
				strcmp(WORDS[i].value, cstn__odrl_name(text)) == 0)
			return put(from, name, WORDS[i].kind, WORDS[i].number);
	return cstn__odrl_refuse_json(
			from, name, value, "the profile has no such value that can be evaluated");
}

static cstn_status read_instant(
		cstn__odrl_reading *from, const char *name, const json_t *value, int32_t kind)
{
	const char *text = cstn__odrl_text(value);
	int64_t us;

	if (!text || cstn__odrl_instant(text, &us))
		return cstn__odrl_refuse_json(from, name, value,
				"a date and time is needed: 2026-01-31T12:00:00Z");
	return put(from, name, kind, us);
}

static cstn_status read_days(
		cstn__odrl_reading *from, const char *name, const json_t *value, int32_t kind)
{
	const json_t *inside = json_object_get(value, "@value");
	int64_t us;

	inside = inside ? inside : value;
	if (!json_is_integer(inside) || json_integer_value(inside) < 0 ||
			cstn__multiply_i64(json_integer_value(inside), DAY_US, &us))
		return cstn__odrl_refuse_json(from, name, value, "a number of days is needed");
	return put(from, name, kind, us);
}

static size_t count_of(const json_t *value)
{
	return json_is_array(value) ? json_array_size(value) : 1;
}

static const json_t *item_of(const json_t *value, size_t i)
{
	return json_is_array(value) ? json_array_get(value, i) : value;
}

static cstn_status put_ids(cstn__odrl_reading *from, const char *name, cstn_id *ids, size_t n)
{
	cstn_odrl_component made = {.kind = CSTN_ODRL_ONWARD_LIST, .ids = ids};
	cstn_status status = cstn__odrl_keep(from, name, &made.text);

	made.n_ids = cstn__ids_sort(ids, n);
	return status == CSTN_OK ? add(from, &made) : status;
}

static cstn_status read_parties(cstn__odrl_reading *from, const char *name, const json_t *value)
{
	size_t n = count_of(value), before = from->refused->items.count, i;
	cstn_id *ids = cstn__arena_alloc(&from->policy->arena, cstn__array_size(n, sizeof(*ids)));
	cstn_status status = ids ? CSTN_OK : cstn__fail_nomem(from->error);

	for (i = 0; status == CSTN_OK && i < n; i++) {
		const char *text = cstn__odrl_text(item_of(value, i));

		if (!text || !cstn__id_is_valid(text, strlen(text))) {
			status = cstn__odrl_refuse_json(
					from, name, item_of(value, i), "a party is needed");
			continue;
		}
		status = cstn__odrl_keep(from, text, &ids[i].text);
		ids[i].len = strlen(text);
	}
	if (status != CSTN_OK || from->refused->items.count > before)
		return status;
	return n ? put_ids(from, name, ids, n)
		 : cstn__odrl_refuse(from, name, "", "a list has at least one party");
}

/* Words that stand for parties which the host names. */
static cstn_status read_sharing(cstn__odrl_reading *from, const char *name, const json_t *value)
{
	const cstn_odrl_options *is = &from->options;
	size_t n = 0, before = from->refused->items.count, i, j;
	cstn_id *ids = cstn__arena_alloc(&from->policy->arena,
			cstn__array_size(is->n_affiliates + is->n_managed, sizeof(*ids)));
	cstn_status status = ids ? CSTN_OK : cstn__fail_nomem(from->error);
	int seen[2] = {0, 0};

	for (i = 0; status == CSTN_OK && i < count_of(value); i++) {
		const char *text = cstn__odrl_text(item_of(value, i));
		int managed = text && strcmp(text, "cx.sharing.managedLegalEntity:1") == 0;
		const cstn_id *parties = managed ? is->managed : is->affiliates;
		size_t n_parties = managed ? is->n_managed : is->n_affiliates;

		if (!text || (!managed && strcmp(text, "cx.sharing.affiliates:1") != 0) ||
				!n_parties || seen[managed]) {
			status = cstn__odrl_refuse_json(from, name, item_of(value, i),
					"the host names no parties that it stands for");
			continue;
		}
		seen[managed] = 1;
		for (j = 0; status == CSTN_OK && j < n_parties; j++) {
			char *copy = cstn__arena_copy(
					&from->policy->arena, parties[j].text, parties[j].len);

			if (!copy)
				return cstn__fail_nomem(from->error);
			ids[n].text = copy;
			ids[n++].len = parties[j].len;
		}
	}
	if (status != CSTN_OK || from->refused->items.count > before)
		return status;
	return n ? put_ids(from, name, ids, n)
		 : cstn__odrl_refuse(from, name, "", "a list has at least one value");
}

static cstn_status read_legal(cstn__odrl_reading *from, const char *name, const json_t *value,
		const json_t *whole)
{
	cstn_odrl_component made = {.kind = CSTN_ODRL_LEGAL_CLAUSE};
	cstn__bytes text;
	cstn_status status;

	if (!(from->options.flags & CSTN_ODRL_LEGAL_TEXT) ||
			from->rule->is.kind != CSTN_ODRL_PERMISSION)
		return cstn__odrl_refuse_json(from, name, value,
				"it is for lawyers: nobody can evaluate it; it may be moved to the "
				"legal text of a permission");
	cstn__bytes_init(&text, &from->policy->allocator);
	status = cstn__canonical_json_write(whole, 0, &text, from->error);
	cstn__bytes_put_u8(&text, 0);
	if (status == CSTN_OK && text.failed)
		status = cstn__fail_nomem(from->error);
	if (status == CSTN_OK)
		status = cstn__odrl_keep(from, (const char *)text.data, &made.text);
	cstn__bytes_free(&text);
	return status == CSTN_OK ? add(from, &made) : status;
}

/* Names by what is done with them. */
static const char *const NAMED[] = {"Membership", "DataFrequency", "DataUsageEndDefinition",
		"ContractTermination", "DataUsageEndDate", "DataUsageEndDurationDays",
		"DataProvisioningEndDate", "DataProvisioningEndDurationDays", "AffiliatesBpnl",
		"ManagedLegalEntityBpnl", "ConfidentialInformationSharing", "UsageRestriction"};
static const char *const LEGAL[] = {"ContractReference", "Precedence", "VersionChanges",
		"ExclusiveUsage", "ConfidentialInformationMeasures", "JurisdictionLocation",
		"JurisdictionLocationReference", "Liability", "Warranty", "WarrantyDefinition",
		"WarrantyDurationMonths"};
enum {
	IS_WORD_MOST = 3,
	USAGE_DATE,
	USAGE_DAYS,
	END_DATE,
	END_DAYS,
	PARTIES,
	MANAGED,
	SHARING,
	RESTRICTION
};

static cstn_status read_restrictions(
		cstn__odrl_reading *from, const char *name, const json_t *value)
{
	cstn_status status = CSTN_OK;
	size_t i;

	if (from->rule->is.kind != CSTN_ODRL_PROHIBITION)
		return cstn__odrl_refuse_json(
				from, name, value, "a restriction stands in a prohibition");
	for (i = 0; status == CSTN_OK && i < count_of(value); i++)
		status = read_word(from, name, item_of(value, i));
	return status;
}

static cstn_status read_named(
		cstn__odrl_reading *from, const char *name, int32_t what, const json_t *value)
{
	if (what == RESTRICTION)
		return read_restrictions(from, name, value);
	if (from->rule->is.kind == CSTN_ODRL_PROHIBITION)
		return cstn__odrl_refuse_json(
				from, name, value, "it cannot be evaluated in a prohibition");
	switch (what) {
	case USAGE_DATE:
		return read_instant(from, name, value, CSTN_ODRL_RETENTION_UNTIL);
	case USAGE_DAYS:
		return read_days(from, name, value, CSTN_ODRL_RETENTION_FOR);
	case END_DATE:
		return read_instant(from, name, value, CSTN_ODRL_VALID_UNTIL);
	case END_DAYS:
		return read_days(from, name, value, CSTN_ODRL_VALID_FOR);
	case PARTIES:
	case MANAGED:
		return read_parties(from, name, value);
	case SHARING:
		return read_sharing(from, name, value);
	default:
		return read_word(from, name, value);
	}
}

cstn_status cstn__odrl_read_component(cstn__odrl_reading *from, const char *name, int32_t operation,
		const json_t *value, const json_t *whole, int *known)
{
	int32_t what = what_of(NAMED, sizeof(NAMED) / sizeof(*NAMED), name);
	int legal = what_of(LEGAL, sizeof(LEGAL) / sizeof(*LEGAL), name) >= 0;
	int fits;

	*known = what >= 0 || legal;
	if (!*known)
		return CSTN_OK;
	if (!from->conjunct)
		return cstn__odrl_refuse_json(from, name, value,
				"it speaks of the whole rule, so it may stand in a conjunction "
				"only");
	if (legal)
		return read_legal(from, name, value, whole);
	fits = operation == CSTN_OPERATOR_EQ;
	if (what == PARTIES || what == MANAGED || what == SHARING)
		fits = operation == CSTN_OPERATOR_IS_ANY_OF || fits;
	if (what == RESTRICTION)
		fits = operation == CSTN_OPERATOR_IS_ALL_OF || fits;
	if (!fits)
		return cstn__odrl_refuse_json(from, name, value, "the operand lacks the operator");
	return read_named(from, name, what, value);
}
