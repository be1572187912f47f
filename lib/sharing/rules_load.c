/* Rules out of a network: constellations, members, relations, walls, overrides.
 *
 * Each kind of row is scanned once, whole or for two parties in a constellation; what a decision
 * between them reads is the same either way: it reads the rows of its constellation, provider and
 * recipient, the deliveries that the recipient had there, what the two declare anywhere, and the
 * agreements that theirs derive from. Rows that no request can name, and those of constellations
 * that are not there, are left out: they could only grant.
 *
 * Cost: a scan a kind of row; the compiler's O(n log n). */
#include <constellation/sharing.h>

#include "base/error.h"
#include "sharing/note_lines.h"
#include "sharing/sharing_load.h"
#include "sharing/sharing_rows.h"

static int is_id(const char *text)
{
	return cstn__id_check_text(text, "id", NULL) == CSTN_OK;
}

/* Are these the one that is asked for, or is none? */
static int wants(const char *asked, const char *given)
{
	return !asked || strcmp(asked, given) == 0;
}

static int is_party(const cstn__rules_load *load, const char *party)
{
	return !load->provider || strcmp(load->provider, party) == 0 ||
	       strcmp(load->recipient, party) == 0;
}

const cstn__load_window *cstn__rules_load_place(
		const cstn__rules_load *load, const char *constellation)
{
	uint32_t code = cstn__interner_find(&load->places, constellation, strlen(constellation));

	return code == UINT32_MAX ? NULL : &load->windows.items[code];
}

/* --- constellations ----------------------------------------------------------------------------
 */

static int64_t most_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The floors of a constellation: its policy, and the smallest group of its record. */
static cstn_status read_floors(const cstn__rules_load *load, const cstn_record *row,
		cstn_constellation_rules *out, cstn_error **error)
{
	cstn_record *policy = NULL;
	cstn_status status;
	cstn__key key;

	out->rows = cstn__row_get_number(row, CSTN__CONSTELLATION_MINIMUM_GROUP, 0);
	cstn__sharing_key(CSTN__NOUN_SHARING_POLICY, out->constellation, strlen(out->constellation),
			&key);
	status = cstn__snapshot_record(
			load->snapshot->inner, &key, INT64_MAX, &load->allocator, &policy, error);
	if (status != CSTN_OK || !policy)
		return status;
	out->rows = most_of(out->rows,
			cstn__row_get_number(policy, CSTN__SHARING_POLICY_ROWS_LEAST, 0));
	out->contributors =
			cstn__row_get_number(policy, CSTN__SHARING_POLICY_CONTRIBUTORS_LEAST, 0);
	out->max_share_permille =
			cstn__row_get_number(policy, CSTN__SHARING_POLICY_SHARE_MOST_PERMILLE, 0);
	out->min_age_us = cstn__row_get_number(policy, CSTN__SHARING_POLICY_AGE_LEAST_US, 0);
	out->wall_us = cstn__row_get_number(policy, CSTN__SHARING_POLICY_WALL_US, 0);
	out->values = cstn__row_get_number(policy, CSTN__SHARING_POLICY_VALUES_LEAST, 0);
	/* no distance at all is written as the least there is a number for */
	out->t_permille =
			cstn__row_get_number(policy, CSTN__SHARING_POLICY_CLOSENESS_PERMILLE, 1000);
	if (out->t_permille < 1)
		out->t_permille = 1;
	cstn_record_unref(policy);
	return CSTN_OK;
}

static cstn_status add_window(cstn__rules_load *load, const char *name, const cstn_record *row,
		cstn_error **error)
{
	cstn__load_window window = {cstn__row_get_number(row, CSTN__CONSTELLATION_FROM, INT64_MIN),
			cstn__row_get_number(row, CSTN__CONSTELLATION_UNTIL, INT64_MAX)};

	if (cstn__array_reserve(&load->allocator, &load->windows, 1) ||
			cstn__intern(&load->places, name, strlen(name)) == UINT32_MAX)
		return cstn__fail_nomem(error);
	load->windows.items[load->windows.count++] = window;
	return CSTN_OK;
}

static cstn_status add_constellation(void *user, const cstn_record *row, cstn_error **error)
{
	cstn_constellation_rules rules = CSTN_CONSTELLATION_RULES_INIT;
	cstn__rules_load *load = user;
	const char *framework = cstn__row_get_text(row, CSTN__CONSTELLATION_FRAMEWORK);
	cstn_status status;

	rules.constellation = cstn__row_get_text(row, CSTN__CONSTELLATION_CONSTELLATION_ID);
	if (!is_id(rules.constellation))
		return CSTN_OK;
	rules.framework = is_id(framework) ? framework : NULL;
	status = read_floors(load, row, &rules, error);
	if (status == CSTN_OK)
		status = cstn__sharing_vocabulary(load->snapshot->inner, rules.constellation,
				load->host, &load->allocator, &rules.vocabulary, error);
	if (status == CSTN_OK)
		status = cstn_rules_builder_add_constellation(load->builder, &rules, error);
	cstn_vocabulary_unref(rules.vocabulary);
	return status == CSTN_OK ? add_window(load, rules.constellation, row, error) : status;
}

static cstn_status load_constellations(cstn__rules_load *load, cstn_error **error)
{
	cstn_record *row = NULL;
	cstn_status status;

	if (!load->constellation)
		return cstn__sharing_scan(load->snapshot->inner, CSTN__NOUN_CONSTELLATION, NULL, 0,
				&load->allocator, add_constellation, load, error);
	status = cstn__sharing_constellation(
			load->snapshot->inner, load->constellation, &load->allocator, &row, error);
	if (status == CSTN_OK && row)
		status = add_constellation(load, row, error);
	cstn_record_unref(row);
	return status;
}

/* --- members -----------------------------------------------------------------------------------
 */

/* Is there anything of both? */
static int cut(cstn__load_window *window, int64_t from_us, int64_t until_us)
{
	if (from_us > window->from_us)
		window->from_us = from_us;
	if (until_us < window->until_us)
		window->until_us = until_us;
	return window->from_us < window->until_us;
}

/* A membership, cut to the time of its constellation: nothing has effect outside it. */
static int window_of(const cstn__rules_load *load, const cstn_record *row, cstn__load_window *out)
{
	const cstn__load_window *place = cstn__rules_load_place(
			load, cstn__row_get_text(row, CSTN__MEMBERSHIP_CONSTELLATION_ID));

	if (!place)
		return 0;
	*out = *place;
	return cut(out, cstn__row_get_number(row, CSTN__MEMBERSHIP_FROM, INT64_MIN),
			cstn__row_get_number(row, CSTN__MEMBERSHIP_UNTIL, INT64_MAX));
}

static cstn_status add_member(void *user, const cstn_record *row, cstn_error **error)
{
	cstn__rules_load *load = user;
	const char *party = cstn__row_get_text(row, CSTN__MEMBERSHIP_PARTNER_ID),
		   *role = cstn__row_get_text(row, CSTN__MEMBERSHIP_ROLE);
	cstn__load_window window;

	if (!is_party(load, party) || !is_id(party) || !window_of(load, row, &window))
		return CSTN_OK;
	return cstn_rules_builder_add_membership(load->builder,
			cstn__row_get_text(row, CSTN__MEMBERSHIP_CONSTELLATION_ID), party, &role,
			*role ? 1 : 0, window.from_us, window.until_us, error);
}

/* A role holds while the membership does that it is one of. */
static cstn_status add_role(void *user, const cstn_record *row, cstn_error **error)
{
	cstn__rules_load *load = user;
	const char *party = cstn__row_get_text(row, CSTN__MEMBER_ROLE_PARTNER_ID),
		   *place = cstn__row_get_text(row, CSTN__MEMBER_ROLE_CONSTELLATION_ID),
		   *role = cstn__row_get_text(row, CSTN__MEMBER_ROLE_ROLE);
	cstn_record *member = NULL;
	cstn__load_window window;
	cstn_status status;
	cstn__key key;

	if (!is_party(load, party) || !is_id(party) || !wants(load->constellation, place))
		return CSTN_OK;
	cstn__sharing_key(CSTN__NOUN_MEMBERSHIP, party, strlen(party), &key);
	cstn__sharing_key_add(&key, 1, place, strlen(place));
	status = cstn__snapshot_record(
			load->snapshot->inner, &key, INT64_MAX, &load->allocator, &member, error);
	if (status == CSTN_OK && member && window_of(load, member, &window) &&
			cut(&window, cstn__row_get_number(row, CSTN__MEMBER_ROLE_FROM, INT64_MIN),
					cstn__row_get_number(
							row, CSTN__MEMBER_ROLE_UNTIL, INT64_MAX)))
		status = cstn_rules_builder_add_membership(load->builder, place, party, &role, 1,
				window.from_us, window.until_us, error);
	cstn_record_unref(member);
	return status;
}

static cstn_status scan_place(cstn__rules_load *load, uint32_t noun, uint32_t field,
		cstn__row_visit *visit, cstn_error **error)
{
	cstn__scan_text text;

	if (load->constellation)
		text = cstn__sharing_equals(field, load->constellation);
	return cstn__sharing_scan(load->snapshot->inner, noun, &text, load->constellation ? 1 : 0,
			&load->allocator, visit, load, error);
}

/* --- relations ---------------------------------------------------------------------------------
 */

static int32_t relation_of(const char *name)
{
	for (int32_t i = CSTN_RELATION_PARTNER; i <= CSTN_RELATION_COMPETITOR; i++)
		if (strcmp(cstn_relation_name(i), name) == 0)
			return i;
	return CSTN_RELATION_COMPETITOR;
}

static cstn_status add_relation(void *user, const cstn_record *row, cstn_error **error)
{
	cstn__rules_load *load = user;
	const char *declarer = cstn__row_get_text(row, CSTN__RELATION_DECLARER_ID),
		   *other = cstn__row_get_text(row, CSTN__RELATION_OTHER_ID),
		   *place = cstn__row_get_text(row, CSTN__RELATION_CONSTELLATION_ID);
	cstn__load_window window = {INT64_MIN, INT64_MAX};

	if (!is_party(load, declarer) || !is_party(load, other) || !is_id(declarer) ||
			!is_id(other) || !is_id(place) || strcmp(declarer, other) == 0 ||
			!cut(&window, cstn__row_get_number(row, CSTN__RELATION_FROM, INT64_MIN),
					cstn__row_get_number(row, CSTN__RELATION_UNTIL, INT64_MAX)))
		return CSTN_OK;
	return cstn_rules_builder_add_relation(load->builder, place, declarer, other,
			relation_of(cstn__row_get_text(row, CSTN__RELATION_RELATION)),
			window.from_us, window.until_us, error);
}

/* In all constellations: those that are partners here may be competitors elsewhere. */
static cstn_status load_relations(cstn__rules_load *load, cstn_error **error)
{
	const char *const sides[2] = {load->provider, load->recipient};
	cstn_status status = CSTN_OK;

	if (!load->provider)
		return cstn__sharing_scan(load->snapshot->inner, CSTN__NOUN_RELATION, NULL, 0,
				&load->allocator, add_relation, load, error);
	for (int i = 0; i < 2 && status == CSTN_OK; i++) {
		const cstn__scan_text texts[2] = {
				cstn__sharing_equals(CSTN__RELATION_DECLARER_ID, sides[i]),
				cstn__sharing_equals(CSTN__RELATION_OTHER_ID, sides[1 - i])};

		status = cstn__sharing_scan(load->snapshot->inner, CSTN__NOUN_RELATION, texts, 2,
				&load->allocator, add_relation, load, error);
	}
	return status;
}

/* --- walls and overrides -----------------------------------------------------------------------
 */

static cstn_status add_conflict_set(void *user, const cstn_record *row, cstn_error **error)
{
	cstn__rules_load *load = user;
	const cstn__cell *text = cstn__sharing_cell(row, CSTN__CONFLICT_SET_PARTIES);
	const char *place = cstn__row_get_text(row, CSTN__CONFLICT_SET_CONSTELLATION_ID);
	size_t len = text->valid ? text->len : 0, n = 0;
	const char **parties;
	cstn_status status;

	if (!len || !cstn__rules_load_place(load, place))
		return CSTN_OK;
	parties = cstn__alloc(&load->allocator, cstn__array_size(len, sizeof(*parties)));
	if (!parties)
		return cstn__fail_nomem(error);
	for (size_t at = 0; at < len; at += strlen(text->text + at) + 1)
		parties[n++] = text->text + at;
	status = cstn_rules_builder_add_conflict_set(load->builder, place, parties, n, error);
	cstn__free(&load->allocator, (void *)(uintptr_t)parties, len * sizeof(*parties));
	return status;
}

static cstn_status add_delivery(void *user, const cstn_record *row, cstn_error **error)
{
	cstn__rules_load *load = user;
	const char *place = cstn__row_get_text(row, CSTN__DELIVERY_CONSTELLATION_ID),
		   *recipient = cstn__row_get_text(row, CSTN__DELIVERY_RECIPIENT_ID);

	if (!wants(load->recipient, recipient) || !cstn__rules_load_place(load, place))
		return CSTN_OK;
	return cstn_rules_builder_add_delivery(load->builder, place,
			cstn__row_get_text(row, CSTN__DELIVERY_PROVIDER_ID), recipient,
			(uint32_t)cstn__row_get_number(row, CSTN__DELIVERY_CLASS, 0),
			cstn__row_get_number(row, CSTN__DELIVERY_AT, INT64_MIN), error);
}

/* An override whose officers are no longer known opens nothing. */
static cstn_status add_override(void *user, const cstn_record *row, cstn_error **error)
{
	cstn__rules_load *load = user;
	const char *note = cstn__row_get_text(row, CSTN__SHARING_OVERRIDE_NOTE);
	cstn_error *told = NULL;
	cstn_status status;

	if (!wants(load->provider, cstn__row_get_text(row, CSTN__SHARING_OVERRIDE_PROVIDER_ID)) ||
			!wants(load->recipient,
					cstn__row_get_text(
							row, CSTN__SHARING_OVERRIDE_RECIPIENT_ID)))
		return CSTN_OK;
	status = cstn_rules_builder_add_override(
			load->builder, note, strlen(note), load->keys, &told);
	if (status == CSTN_E_SIGNATURE) {
		cstn_error_free(told);
		return CSTN_OK;
	}
	return cstn__error_give(error, told, status);
}

/* --- all of it ---------------------------------------------------------------------------------
 */

static cstn_status load_all(cstn__rules_load *load, cstn_error **error)
{
	cstn_status status = load_constellations(load, error);

	if (status == CSTN_OK)
		status = scan_place(load, CSTN__NOUN_MEMBERSHIP, CSTN__MEMBERSHIP_CONSTELLATION_ID,
				add_member, error);
	if (status == CSTN_OK)
		status = scan_place(load, CSTN__NOUN_MEMBER_ROLE,
				CSTN__MEMBER_ROLE_CONSTELLATION_ID, add_role, error);
	if (status == CSTN_OK)
		status = load_relations(load, error);
	if (status == CSTN_OK)
		status = scan_place(load, CSTN__NOUN_CONFLICT_SET,
				CSTN__CONFLICT_SET_CONSTELLATION_ID, add_conflict_set, error);
	if (status == CSTN_OK)
		status = scan_place(load, CSTN__NOUN_DELIVERY, CSTN__DELIVERY_CONSTELLATION_ID,
				add_delivery, error);
	if (status == CSTN_OK)
		status = cstn_party_keys_new(&load->allocator, &load->keys, error);
	if (status == CSTN_OK)
		status = cstn__party_keys_load(
				load->keys, load->snapshot->inner, &load->allocator, error);
	if (status == CSTN_OK)
		status = scan_place(load, CSTN__NOUN_SHARING_OVERRIDE,
				CSTN__SHARING_OVERRIDE_CONSTELLATION_ID, add_override, error);
	return status == CSTN_OK ? cstn__rules_load_agreements(load, error) : status;
}

static cstn_status read_options(const cstn_rules_load_options *options,
		cstn_rules_load_options *own, cstn_error **error)
{
	cstn_status status = cstn__options_read(options, sizeof(*own), sizeof(*own), 0,
			"cstn_rules_load_options", own, error);

	if (status != CSTN_OK || (!own->constellation && !own->provider && !own->recipient))
		return status;
	if (!own->constellation || !own->provider || !own->recipient)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"constellation, provider and recipient are all given, or none");
	status = cstn__id_check_text(own->constellation, "constellation", error);
	if (status == CSTN_OK)
		status = cstn__id_check_text(own->provider, "provider", error);
	if (status == CSTN_OK)
		status = cstn__id_check_text(own->recipient, "recipient", error);
	return status;
}

static void free_load(cstn__rules_load *load)
{
	cstn_party_keys_free(load->keys);
	cstn__interner_free(&load->places);
	cstn__interner_free(&load->digests);
	cstn__interner_free(&load->terms);
	cstn__array_free(&load->allocator, &load->windows);
	cstn__array_free(&load->allocator, &load->parents);
	cstn_rules_builder_free(load->builder);
}

cstn_status cstn_rules_load(cstn_snapshot *snapshot, const cstn_rules_load_options *options,
		cstn_rules **out, cstn_error **error)
{
	cstn__rules_load load = {.snapshot = snapshot};
	cstn_rules_load_options own;
	cstn_status status;

	if (!snapshot || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				snapshot ? "out" : "snapshot");
	status = read_options(options, &own, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(own.allocator, &load.allocator, error);
	if (status == CSTN_OK)
		status = cstn_rules_builder_new(&load.allocator, &load.builder, error);
	if (status != CSTN_OK)
		return status;
	load.constellation = own.constellation;
	load.provider = own.provider;
	load.recipient = own.recipient;
	load.host = own.vocabulary;
	cstn__interner_init(&load.places, &load.allocator, 41);
	cstn__interner_init(&load.digests, &load.allocator, 43);
	cstn__interner_init(&load.terms, &load.allocator, 47);
	cstn_rules_builder_set_version(load.builder, cstn_snapshot_seq(snapshot));
	status = load_all(&load, error);
	if (status == CSTN_OK)
		status = cstn_rules_build(load.builder, out, error);
	free_load(&load);
	return status;
}
