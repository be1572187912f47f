#ifndef CSTN_CUSTOMER_INTERACTION_H
#define CSTN_CUSTOMER_INTERACTION_H

#include <constellation/interaction.h>
#include <constellation/relationship_stage.h>

/* The number of a kind; 0 for what is none. */
int32_t cstn__interaction_of(const char *text, size_t len);
/* The number of a stage; -1 for what is none. */
int32_t cstn__stage_of(const char *text, size_t len);

#endif
