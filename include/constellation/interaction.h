#ifndef CONSTELLATION_INTERACTION_H
#define CONSTELLATION_INTERACTION_H

#include <stddef.h>
#include <stdint.h>

#include <constellation/export.h>

/** @file interaction.h
 *  What customers do and say, as kinds of events. Relationship stages (relationship_stage.h) read
 *  them by name from a text column. Constants only: nothing here allocates, fails or depends on a
 *  thread. */

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of interaction. Permanent. */
#define CSTN_INTERACTION_NPS_ANSWER 1
#define CSTN_INTERACTION_SATISFACTION 2
#define CSTN_INTERACTION_REVIEW 3
#define CSTN_INTERACTION_REFERRAL 4
#define CSTN_INTERACTION_REFERENCE 5
#define CSTN_INTERACTION_RECOMMENDATION 6
#define CSTN_INTERACTION_TICKET_OPENED 7 /**< its reference joins it to its close */
#define CSTN_INTERACTION_TICKET_CLOSED 8
#define CSTN_INTERACTION_COMPLAINT 9
#define CSTN_INTERACTION_EXIT_THREAT 10
#define CSTN_INTERACTION_PLAN_PROMISED 11
#define CSTN_INTERACTION_RETURN_FAULT 12 /**< goods came back for a fault of ours */
#define CSTN_INTERACTION_RETURN_OTHER 13
#define CSTN_INTERACTION_ORDER 14
#define CSTN_INTERACTION_ORDER_PERFECT 15
#define CSTN_INTERACTION_ORDER_FAILED 16
#define CSTN_INTERACTION_PRICE_INCREASE_OFFERED 17
#define CSTN_INTERACTION_PRICE_INCREASE_ACCEPTED 18
#define CSTN_INTERACTION_PRICE_INCREASE_REFUSED 19
#define CSTN_INTERACTION_NEW_CATEGORY 20
#define CSTN_INTERACTION_FIRST_CHOICE 21
#define CSTN_INTERACTION_NOT_FIRST_CHOICE 22
#define CSTN_INTERACTION_CONTRACT_RENEWED 23
#define CSTN_INTERACTION_CONTRACT_CANCELLED 24
#define CSTN_INTERACTION_DUE_DAY 25 /**< names the day by which the next order was expected */
#define CSTN_INTERACTION_STEP 26    /**< a step of a journey */
/** Kinds are below this. */
#define CSTN_INTERACTION_COUNT 27

/** "TICKET_OPENED"; "" for 0 and unknown numbers. Static memory. Any thread, O(1). @since 0.1 */
CSTN_API const char *cstn_interaction_name(int32_t kind);

#ifdef __cplusplus
}
#endif

#endif
