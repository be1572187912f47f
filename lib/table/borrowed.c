/* Arrow structs over memory that the host keeps.
 *
 * A binding that lays out columns in its own memory (ctypes arrays, pinned Go slices) needs a
 * release function that is plain C, so that nothing calls back into its runtime. It has nothing to
 * free: it only keeps the release rule of the Arrow C Data interface, that a released struct has a
 * NULL `release` and that the children which were not moved out are released with their parent.
 *
 * Cost: O(children). */
#include <stddef.h>

#include <constellation/arrow.h>

void cstn_arrow_schema_release_borrowed(struct ArrowSchema *schema)
{
	int64_t i;

	if (schema == NULL || schema->release == NULL)
		return;
	for (i = 0; i < schema->n_children; i++)
		if (schema->children[i]->release != NULL)
			schema->children[i]->release(schema->children[i]);
	if (schema->dictionary != NULL && schema->dictionary->release != NULL)
		schema->dictionary->release(schema->dictionary);
	schema->release = NULL;
}

void cstn_arrow_array_release_borrowed(struct ArrowArray *array)
{
	int64_t i;

	if (array == NULL || array->release == NULL)
		return;
	for (i = 0; i < array->n_children; i++)
		if (array->children[i]->release != NULL)
			array->children[i]->release(array->children[i]);
	if (array->dictionary != NULL && array->dictionary->release != NULL)
		array->dictionary->release(array->dictionary);
	array->release = NULL;
}
