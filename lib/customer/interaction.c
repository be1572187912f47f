/* Names of interactions and stages, and their numbers. A name is found by comparing with the names
 * that begin and end as it does: 26 names, no table that must be kept in step. */
#include "customer/interaction.h"

#include <string.h>

static const char *const kinds[CSTN_INTERACTION_COUNT] = {"", "NPS_ANSWER", "SATISFACTION",
		"REVIEW", "REFERRAL", "REFERENCE", "RECOMMENDATION", "TICKET_OPENED",
		"TICKET_CLOSED", "COMPLAINT", "EXIT_THREAT", "PLAN_PROMISED", "RETURN_FAULT",
		"RETURN_OTHER", "ORDER", "ORDER_PERFECT", "ORDER_FAILED", "PRICE_INCREASE_OFFERED",
		"PRICE_INCREASE_ACCEPTED", "PRICE_INCREASE_REFUSED", "NEW_CATEGORY", "FIRST_CHOICE",
		"NOT_FIRST_CHOICE", "CONTRACT_RENEWED", "CONTRACT_CANCELLED", "DUE_DAY", "STEP"};

static const char *const stages[CSTN_STAGE_COUNT] = {"PROSPECT", "LOST", "DORMANT", "CRISIS",
		"STRUGGLE", "RECOVERY", "COMMIT", "DEVELOP"};

const char *cstn_interaction_name(int32_t kind)
{
	return kind > 0 && kind < CSTN_INTERACTION_COUNT ? kinds[kind] : "";
}

const char *cstn_stage_name(int32_t stage)
{
	return stage >= 0 && stage < CSTN_STAGE_COUNT ? stages[stage] : "";
}

int32_t cstn_stage_rank(int32_t stage)
{
	static const int8_t ranks[CSTN_STAGE_COUNT] = {0, 0, 1, 2, 3, 3, 4, 5};

	return stage >= 0 && stage < CSTN_STAGE_COUNT ? ranks[stage] : -1;
}

int32_t cstn__interaction_of(const char *text, size_t len)
{
	int32_t i;

	for (i = 1; i < CSTN_INTERACTION_COUNT && len; i++)
		if (kinds[i][0] == text[0] && strlen(kinds[i]) == len &&
				memcmp(kinds[i], text, len) == 0)
			return i;
	return 0;
}

int32_t cstn__stage_of(const char *text, size_t len)
{
	int32_t i;

	for (i = 0; i < CSTN_STAGE_COUNT; i++)
		if (strlen(stages[i]) == len && memcmp(stages[i], text, len) == 0)
			return i;
	return -1;
}
