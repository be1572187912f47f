/* What every judgement of a run shares: the policy's rules, the as-of time, zone rules and working
 * calendar, checked once before the first line so that no run starts without them (spec: promise
 * missing is a line's matter, zone rules missing are the run's).
 *
 * Invariant: a judge that cstn__judge_init() filled has the zone and the calendar that the policy
 * names by digest. Days are civil days: the instant is moved by the zone's offset, then floored.
 * Cost: a day is one division, with zone rules also a search over their transitions. */

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/civil.h"
#include "base/error.h"
#include "base/hash.h"
#include "fulfilment/verdict.h"

static cstn_status zone_check(
		const cstn__policy_rules *rules, const cstn_policy_data *data, cstn_error **error)
{
	char wanted[65], given[65];
	uint8_t digest[32];

	if (rules->zone != CSTN__ZONE_TZIF)
		return CSTN_OK;
	cstn__hex(rules->zone_digest, 32, wanted);
	if (!data->zone)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the policy needs zone rules tzif:%s; none are given", wanted);
	cstn_zone_digest(data->zone, digest);
	if (memcmp(digest, rules->zone_digest, 32) == 0)
		return CSTN_OK;
	cstn__hex(digest, 32, given);
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
			"the policy needs zone rules tzif:%s; those given are %s", wanted, given);
}

static cstn_status calendar_check(
		const cstn__policy_rules *rules, const cstn_policy_data *data, cstn_error **error)
{
	char wanted[65], given[65];
	uint8_t digest[32];

	if (rules->calendar_all)
		return CSTN_OK;
	cstn__hex(rules->calendar_digest, 32, wanted);
	if (!data->calendar)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the policy needs the calendar %s; none is given", wanted);
	cstn_calendar_digest(data->calendar, digest);
	if (memcmp(digest, rules->calendar_digest, 32) == 0)
		return CSTN_OK;
	cstn__hex(digest, 32, given);
	return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
			"the policy needs the calendar %s; the one given is %s", wanted, given);
}

/* Copies names and references rules into one block: handles, pointers to names, names. */
static cstn_status zones_copy(cstn__judge *judge, const cstn_policy_data *data, cstn_error **error)
{
	size_t i, text = 0, head;
	char *at;

	if (!data->n_zones || judge->rules->zone != CSTN__ZONE_SHIP_TO)
		return CSTN_OK;
	if (!data->zone_names || !data->zones)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"%zu ship-to zones, but %s is NULL", data->n_zones,
				data->zone_names ? "zones" : "zone_names");
	for (i = 0; i < data->n_zones; i++) {
		if (!data->zone_names[i] || !data->zones[i])
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"ship-to zone %zu has no %s", i,
					data->zone_names[i] ? "rules" : "name");
		text += strlen(data->zone_names[i]) + 1;
	}
	head = cstn__array_size(data->n_zones, sizeof(cstn_zone *) + sizeof(char *));
	if (head == SIZE_MAX || __builtin_add_overflow(head, text, &judge->memory_size))
		return cstn__fail_nomem(error);
	judge->memory = cstn__alloc(&judge->allocator, judge->memory_size);
	if (!judge->memory)
		return cstn__fail_nomem(error);
	judge->zones = judge->memory;
	judge->zone_names = (void *)(judge->zones + data->n_zones);
	at = (char *)(judge->zone_names + data->n_zones);
	for (i = 0; i < data->n_zones; i++) {
		size_t size = strlen(data->zone_names[i]) + 1;

		if (cstn__judge_zone(judge, data->zone_names[i], size - 1)) {
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"ship-to zone '%s' is given twice", data->zone_names[i]);
		}
		memcpy(at, data->zone_names[i], size);
		judge->zone_names[i] = at;
		judge->zones[i] = cstn_zone_ref(data->zones[i]);
		judge->n_zones = i + 1;
		at += size;
	}
	return CSTN_OK;
}

cstn_status cstn__judge_init(cstn__judge *judge, const cstn_service_policy *policy,
		int64_t as_of_us, const cstn_policy_data *data, const cstn_allocator *allocator,
		cstn_error **error)
{
	cstn_policy_data given;
	cstn__judge made;
	cstn_status status;

	if (!policy)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "policy is NULL");
	if (as_of_us == CSTN_TIME_NULL)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the as-of time is missing; a verdict needs one");
	status = cstn__options_read(
			data, sizeof given, sizeof given, 0, "cstn_policy_data", &given, error);
	if (status != CSTN_OK)
		return status;
	memset(&made, 0, sizeof made);
	status = cstn__allocator_read(allocator, &made.allocator, error);
	if (status != CSTN_OK)
		return status;
	made.rules = cstn__policy_rules_of(policy);
	made.as_of_us = as_of_us;
	made.evidence = CSTN__EVIDENCE_ALL;
	status = zone_check(made.rules, &given, error);
	if (status == CSTN_OK)
		status = calendar_check(made.rules, &given, error);
	if (status == CSTN_OK)
		status = zones_copy(&made, &given, error);
	if (status != CSTN_OK) {
		cstn__judge_free(&made);
		return status;
	}
	made.policy = cstn__policy_share(policy);
	if (made.rules->zone == CSTN__ZONE_TZIF)
		made.zone = cstn_zone_ref(given.zone);
	if (!made.rules->calendar_all)
		made.calendar = cstn_calendar_ref(given.calendar);
	*judge = made;
	return CSTN_OK;
}

void cstn__judge_free(cstn__judge *judge)
{
	size_t i;

	if (!judge)
		return;
	for (i = 0; i < judge->n_zones; i++)
		cstn_zone_unref(judge->zones[i]);
	cstn__free(&judge->allocator, judge->memory, judge->memory_size);
	cstn_zone_unref(judge->zone);
	cstn_calendar_unref(judge->calendar);
	cstn_service_policy_unref(judge->policy);
	memset(judge, 0, sizeof *judge);
}

const cstn_zone *cstn__judge_zone(const cstn__judge *judge, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < judge->n_zones; i++) {
		if (strlen(judge->zone_names[i]) == len &&
				memcmp(judge->zone_names[i], name, len) == 0)
			return judge->zones[i];
	}
	return NULL;
}

/* Seconds east of UTC at an instant, as the policy sees it. */
int32_t cstn__judge_offset(const cstn__judge *judge, int64_t us, int32_t offset_minutes,
		const cstn_zone *ship_to)
{
	int32_t reported = offset_minutes == CSTN_OFFSET_NULL ? 0 : offset_minutes * 60;

	switch (judge->rules->zone) {
	case CSTN__ZONE_OFFSET:
		return judge->rules->zone_offset_seconds;
	case CSTN__ZONE_TZIF:
		return cstn_zone_offset_at(judge->zone, us);
	case CSTN__ZONE_EVENT:
		return reported;
	case CSTN__ZONE_SHIP_TO:
		return ship_to ? cstn_zone_offset_at(ship_to, us) : reported;
	default:
		return 0;
	}
}

int32_t cstn__judge_day(const cstn__judge *judge, int64_t us, int32_t offset_minutes,
		const cstn_zone *ship_to)
{
	int64_t move = INT64_C(1000000) * cstn__judge_offset(judge, us, offset_minutes, ship_to);
	int64_t wall;

	if (__builtin_add_overflow(us, move, &wall))
		wall = move > 0 ? INT64_MAX : INT64_MIN;
	return cstn__day_of_us(wall);
}
