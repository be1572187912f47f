/* Names of interactions and stages, and their numbers. A name is found by comparing with the names
 * that begin as it does: 26 names, no table that must be kept in step. */
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

/* The name, or all of it in small letters. */
static int is_kind(const char *name, const char *text, size_t len)
{
	size_t i;

	if (memcmp(name, text, len) == 0)
		return 1;
	for (i = 0; i < len && text[i] == (name[i] == '_' ? '_' : name[i] | 32);)
		i++;
	return i == len;
}

int32_t cstn__interaction_of(const char *text, size_t len)
{
	int32_t i;

	for (i = 1; i < CSTN_INTERACTION_COUNT && len; i++)
		if ((kinds[i][0] | 32) == (text[0] | 32) && strlen(kinds[i]) == len &&
				is_kind(kinds[i], text, len))
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
