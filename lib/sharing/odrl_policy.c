/* Policies of ODRL: rules, parties, actions, duties.
 *
 * Every member of an object is known, or mere information (a title), or refused: what is not read
 * might forbid. Cost: O(nodes). */
#include <string.h>

#include "base/error.h"
#include "sharing/odrl.h"

static const char *const PREFIXES[] = {"odrl:", "http://www.w3.org/ns/odrl/2/",
		"cx-policy:", "https://w3id.org/catenax/2025/9/policy/",
		"https://w3id.org/catenax/policy/"};

const char *cstn__odrl_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(PREFIXES) / sizeof(*PREFIXES); i++)
		if (strncmp(name, PREFIXES[i], strlen(PREFIXES[i])) == 0)
			return name + strlen(PREFIXES[i]);
	return name;
}

const json_t *cstn__odrl_member(const json_t *object, const char *name)
{
	const char *is;
	json_t *member;

	json_object_foreach((json_t *)(uintptr_t)object, is, member)
	{
		if (strcmp(cstn__odrl_name(is), name) == 0)
			return member;
	}
	return NULL;
}

static int stands_among(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return 1;
	return 0;
}

cstn_status cstn__odrl_check_members(
		cstn__odrl_reading *from, const json_t *object, const char *const *known)
{
	static const char *const information[] = {"@context", "@id", "@type", "uid", "type", "name",
			"title", "description", "comment", NULL};
	cstn_status status = CSTN_OK;
	const char *name;
	json_t *member;

	json_object_foreach((json_t *)(uintptr_t)object, name, member)
	{
		const char *bare = cstn__odrl_name(name);

		if (status == CSTN_OK && !stands_among(known, bare) &&
				!stands_among(information, bare))
			status = cstn__odrl_refuse_json(
					from, bare, member, "nothing here can evaluate it");
		else if (status == CSTN_OK && cstn__odrl_member(object, bare) != member)
			status = cstn__odrl_refuse_json(
					from, bare, member, "it stands there under two names");
	}
	return status;
}

cstn_status cstn__odrl_keep(cstn__odrl_reading *from, const char *text, const char **out)
{
	*out = cstn__arena_copy(&from->policy->arena, text, strlen(text));
	return *out ? CSTN_OK : cstn__fail_nomem(from->error);
}

/* A member that is an id, kept; *out stays NULL if it is absent. */
static cstn_status read_id(
		cstn__odrl_reading *from, const json_t *object, const char *name, const char **out)
{
	const json_t *member = cstn__odrl_member(object, name);
	const char *text = cstn__odrl_text(member);

	if (!member)
		return CSTN_OK;
	if (!text || !cstn__id_is_valid(text, strlen(text)))
		return cstn__odrl_refuse_json(from, name, member,
				"an id is needed: 1 to 255 bytes without control characters");
	return cstn__odrl_keep(from, text, out);
}

static cstn_status read_uid(cstn__odrl_reading *from, const json_t *object, const char **out)
{
	return read_id(from, object, cstn__odrl_member(object, "@id") ? "@id" : "uid", out);
}

/* An assignee or target: an id, or a collection with its name and source. */
static cstn_status read_side(cstn__odrl_reading *from, const json_t *object, const char *name,
		const char **out, const char **source, uint32_t flag)
{
	static const char *const known[] = {"collection", "source", NULL};
	const json_t *member = cstn__odrl_member(object, name), *type;
	const char *is;
	cstn_status status;

	if (!json_is_object(member))
		return read_id(from, object, name, out);
	type = json_object_get(member, "@type");
	is = json_string_value(type ? type : json_object_get(member, "type"));
	is = is ? cstn__odrl_name(is) : "";
	status = cstn__odrl_check_members(from, member, known);
	if (status == CSTN_OK && cstn__odrl_member(member, "collection"))
		status = read_id(from, member, "collection", out);
	else if (status == CSTN_OK)
		status = read_id(from, object, name, out);
	if (status == CSTN_OK)
		status = read_id(from, member, "source", source);
	if (strcmp(is, "PartyCollection") == 0 || strcmp(is, "AssetCollection") == 0 ||
			cstn__odrl_member(member, "collection"))
		from->rule->is.flags |= flag;
	return status;
}

static cstn_status read_action(cstn__odrl_reading *from, const json_t *value)
{
	static const struct {
		const char *name;
		uint32_t actions;
	} names[] = {{"use", CSTN_ACTION_USE}, {"read", CSTN_ACTION_READ},
			{"write", CSTN_ACTION_WRITE}, {"modify", CSTN_ACTION_WRITE},
			{"derive", CSTN_ACTION_DERIVE}, {"aggregate", CSTN_ACTION_AGGREGATE},
			{"distribute", CSTN_ACTION_DISTRIBUTE}, {"transfer", CSTN_ACTION_TRANSFER},
			{"sell", CSTN_ACTION_SELL}, {"give", CSTN_ACTION_GIVE}};
	static const char *const known[] = {NULL};
	const char *text = cstn__odrl_text(value);
	cstn_status status = CSTN_OK;
	size_t i;

	if (json_is_object(value)) /* a refinement is refused here */
		status = cstn__odrl_check_members(from, value, known);
	for (i = 0; text && i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(cstn__odrl_name(text), names[i].name) == 0) {
			from->rule->is.actions |= names[i].actions;
			return status;
		}
	return status == CSTN_OK ? cstn__odrl_refuse_json(from, "action", value,
						   "no such action can be evaluated")
				 : status;
}

static cstn_status read_actions(cstn__odrl_reading *from, const json_t *value)
{
	cstn_status status = CSTN_OK;
	size_t i;

	if (!value) {
		from->rule->is.actions = CSTN_ACTION_USE | CSTN_ACTION_TRANSFER;
		from->rule->is.flags |= CSTN_ODRL_ANY_ACTION;
		return CSTN_OK;
	}
	if (!json_is_array(value))
		return read_action(from, value);
	for (i = 0; status == CSTN_OK && i < json_array_size(value); i++)
		status = read_action(from, json_array_get(value, i));
	return i ? status : cstn__odrl_refuse(from, "action", "", "a list has at least one action");
}

static cstn_status read_duty(cstn__odrl_reading *from, const json_t *value)
{
	static const char *const known[] = {"action", NULL};
	cstn__odrl_duty made = {NULL, NULL};
	cstn_status status;

	if (!json_is_object(value))
		return cstn__odrl_refuse_json(from, "duty", value, "an object is needed");
	status = cstn__odrl_check_members(from, value, known);
	if (status == CSTN_OK)
		status = read_uid(from, value, &made.uid);
	if (status == CSTN_OK)
		status = read_id(from, value, "action", &made.action);
	if (status == CSTN_OK && !cstn__odrl_member(value, "action"))
		return cstn__odrl_refuse(from, "duty", "", "a duty has an action");
	if (status != CSTN_OK || !made.action)
		return status;
	made.action = cstn__odrl_name(made.action);
	if (cstn__array_reserve(&from->policy->allocator, &from->rule->duties, 1))
		return cstn__fail_nomem(from->error);
	from->rule->duties.items[from->rule->duties.count++] = made;
	return CSTN_OK;
}

typedef cstn_status read_item(cstn__odrl_reading *from, const json_t *value);

/* Each item of a member that is a list or one. */
static cstn_status read_each(
		cstn__odrl_reading *from, const json_t *object, const char *name, read_item *read)
{
	const json_t *member = cstn__odrl_member(object, name);
	size_t before = cstn__json_path_name(&from->path, name), i, at;
	cstn_status status = CSTN_OK;

	if (member && !json_is_array(member))
		status = read(from, member);
	for (i = 0; status == CSTN_OK && i < json_array_size(member); i++) {
		at = cstn__json_path_index(&from->path, i);
		status = read(from, json_array_get(member, i));
		cstn__json_path_cut(&from->path, at);
	}
	cstn__json_path_cut(&from->path, before);
	return status;
}

/* Where a member stands: in the rule, or for all rules in the policy. */
static const json_t *holder_of(
		const cstn__odrl_reading *from, const json_t *value, const char *name)
{
	return !cstn__odrl_member(value, name) && cstn__odrl_member(from->whole, name) ? from->whole
										       : value;
}

static cstn_status check_shared(cstn__odrl_reading *from, const json_t *value)
{
	static const char *const shared[] = {"assigner", "assignee", "target", "action"};
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; status == CSTN_OK && i < 4; i++)
		if (cstn__odrl_member(value, shared[i]) &&
				cstn__odrl_member(from->whole, shared[i]))
			status = cstn__odrl_refuse_json(from, shared[i],
					cstn__odrl_member(value, shared[i]),
					"it stands in the policy and in the rule");
	return status;
}

static cstn_status read_parts(cstn__odrl_reading *from, const json_t *value)
{
	cstn_odrl_rule *is = &from->rule->is;
	const json_t *constraint = cstn__odrl_member(value, "constraint");
	cstn_status status = read_uid(from, value, &is->uid);
	size_t before;

	if (status == CSTN_OK)
		status = read_id(from, holder_of(from, value, "assigner"), "assigner",
				&is->assigner);
	if (status == CSTN_OK)
		status = read_side(from, holder_of(from, value, "assignee"), "assignee",
				&is->assignee, &is->assignee_source, CSTN_ODRL_ASSIGNEE_COLLECTION);
	if (status == CSTN_OK)
		status = read_side(from, holder_of(from, value, "target"), "target", &is->target,
				&is->target_source, CSTN_ODRL_TARGET_COLLECTION);
	if (status == CSTN_OK)
		status = read_actions(from,
				cstn__odrl_member(holder_of(from, value, "action"), "action"));
	if (status == CSTN_OK)
		status = read_each(from, value, "duty", read_duty);
	if (status != CSTN_OK || !constraint)
		return status;
	before = cstn__json_path_name(&from->path, "constraint");
	status = cstn__odrl_read_constraint(from, constraint, &is->constraint);
	cstn__json_path_cut(&from->path, before);
	return status;
}

/* Components are statements about permissions: what stands beside them must be none. */
static cstn_status check_rule(cstn__odrl_reading *from)
{
	cstn_odrl_rule *is = &from->rule->is;

	if (is->kind == CSTN_ODRL_PERMISSION)
		return CSTN_OK;
	if (is->kind == CSTN_ODRL_OBLIGATION && (is->constraint || !from->rule->components.count))
		return cstn__odrl_refuse(from, "obligation", "",
				"an obligation that is no component of a term cannot be evaluated");
	if (!from->rule->components.count)
		return CSTN_OK;
	if (is->constraint)
		return cstn__odrl_refuse(from, "UsageRestriction", "",
				"a restriction stands alone in its prohibition");
	is->flags |= CSTN_ODRL_COMPONENTS_ONLY;
	return CSTN_OK;
}

static cstn_status read_rule(cstn__odrl_reading *from, const json_t *value)
{
	static const char *const known[] = {
			"assigner", "assignee", "target", "action", "constraint", "duty", NULL};
	size_t before = from->refused->items.count;
	cstn__odrl_rule fresh = {.is = CSTN_ODRL_RULE_INIT};
	cstn_status status;

	if (!json_is_object(value))
		return cstn__odrl_refuse_json(from, "rule", value, "an object is needed");
	if (cstn__array_reserve(&from->policy->allocator, &from->policy->rules, 1))
		return cstn__fail_nomem(from->error);
	from->rule = from->policy->rules.items + from->policy->rules.count++;
	*from->rule = fresh;
	from->rule->is.kind = from->kind;
	status = cstn__odrl_check_members(from, value, known);
	if (status == CSTN_OK)
		status = check_shared(from, value);
	if (status == CSTN_OK)
		status = read_parts(from, value);
	if (status == CSTN_OK && from->refused->items.count == before)
		status = check_rule(from);
	from->rule->is.n_components = from->rule->components.count;
	from->rule->is.n_duties = from->rule->duties.count;
	return status;
}

/* The kind of policy, its strategy for conflicts, its profile. */
static cstn_status check_policy(cstn__odrl_reading *from, const json_t *value)
{
	static const char *const types[] = {"Set", "Offer", "Agreement", "Policy", NULL};
	const json_t *conflict = cstn__odrl_member(value, "conflict");
	const json_t *profile = cstn__odrl_member(value, "profile");
	const json_t *type = json_object_get(value, "@type");
	const char *text = cstn__odrl_text(conflict);
	cstn_status status = CSTN_OK;

	if (conflict && (!text || (strcmp(cstn__odrl_name(text), "prohibit") != 0)))
		status = cstn__odrl_refuse_json(from, "conflict", conflict,
				"prohibitions win here, always: only prohibit can be evaluated");
	text = cstn__odrl_text(profile);
	if (status == CSTN_OK && profile && (!text || strncmp(text, "cx-policy:profile", 17) != 0))
		status = cstn__odrl_refuse_json(from, "profile", profile,
				"no profile but that of Catena-X can be evaluated");
	type = type ? type : json_object_get(value, "type");
	text = json_string_value(type);
	if (status == CSTN_OK && type && (!text || !stands_among(types, cstn__odrl_name(text))))
		status = cstn__odrl_refuse_json(
				from, "type", type, "Set, Offer, Agreement or Policy is needed");
	return status;
}

cstn_status cstn__odrl_read_policy(cstn__odrl_reading *from, const json_t *value)
{
	static const char *const known[] = {"permission", "prohibition", "obligation", "conflict",
			"profile", "assigner", "assignee", "target", "action", NULL};
	static const char *const none = "";
	cstn_status status;
	int32_t i;

	from->policy->uid = none;
	if (!json_is_object(value))
		return cstn__odrl_refuse_json(from, "policy", value, "an object is needed");
	from->whole = value;
	status = cstn__odrl_check_members(from, value, known);
	if (status == CSTN_OK)
		status = check_policy(from, value);
	if (status == CSTN_OK)
		status = read_uid(from, value, &from->policy->uid);
	for (i = 0; status == CSTN_OK && i < 3; i++) {
		from->kind = CSTN_ODRL_PERMISSION + i;
		status = read_each(from, value, known[i], read_rule);
	}
	if (status == CSTN_OK && !from->policy->rules.count && !from->refused->items.count)
		status = cstn__odrl_refuse(from, "policy", "", "there is no rule");
	return status;
}
