/* The loop of csv_index.c over blocks of 64 bytes, included once for each instruction set with
 * LOOP_NAME, LOOP_TARGET, LOOP_CLASSIFY, LOOP_EQUAL and LOOP_FLATTEN defined. */

LOOP_TARGET static void LOOP_NAME(struct scan *scan, uint32_t from, uint32_t to)
{
	const uint8_t *data = scan->data;
	uint64_t inside, after_struct, after_close, after_cr;
	uint32_t base;

	scan_load_state(scan->state, &inside, &after_struct, &after_close, &after_cr);
	for (base = from; base < to; base += 64) {
		struct block_masks m;
		uint64_t live = ~UINT64_C(0), structural;
		unsigned last = 63;

		LOOP_CLASSIFY(scan, data + base, &m);
		if (to - base < 64) {
			last = to - base - 1;
			live >>= 63 - last;
			m.delimiter &= live;
			m.newline &= live;
			m.quote &= live;
			m.high &= live;
		}
		scan->lines += (uint64_t)__builtin_popcountll(m.newline);
		scan->high |= m.high;
		if ((m.quote | inside | after_close | after_cr) == 0) {
			structural = m.delimiter | m.newline;
			after_struct = structural >> last & 1;
		} else {
			uint64_t quoted = prefix_xor(m.quote) ^ inside;
			uint64_t open = m.quote & quoted, close = m.quote & ~quoted;
			uint64_t follows = close << 1 | after_close;
			uint64_t cr = LOOP_EQUAL(data + base, '\r') & live;
			uint64_t follows_cr, bad;

			structural = (m.delimiter | m.newline) & ~quoted;
			cr &= follows;
			follows_cr = cr << 1 | after_cr;
			bad = open & ~(structural << 1 | after_struct | follows);
			bad |= follows & ~(m.quote | structural | cr);
			bad |= follows_cr & ~m.newline;
			if ((bad & live) != 0) {
				scan->state = scan_store_state(
						inside, after_struct, after_close, after_cr);
				structural = scan_block_bytes(scan, base, last + 1);
				m.newline &= structural;
				scan_load_state(scan->state, &inside, &after_struct, &after_close,
						&after_cr);
			} else {
				inside = 0 - (quoted >> last & 1);
				after_struct = structural >> last & 1;
				after_close = close >> last & 1;
				after_cr = cr >> last & 1;
			}
		}
		m.newline &= structural;
		while (m.newline != 0) {
			uint64_t bit = m.newline & (0 - m.newline);

			*scan->row_out++ = scan->fields +
					   (uint32_t)__builtin_popcountll(structural & (bit - 1));
			m.newline ^= bit;
		}
		scan->fields += (uint32_t)__builtin_popcountll(structural);
		scan->out = LOOP_FLATTEN(scan->out, base, structural);
	}
	scan->state = scan_store_state(inside, after_struct, after_close, after_cr);
}

#undef LOOP_NAME
#undef LOOP_TARGET
#undef LOOP_CLASSIFY
#undef LOOP_EQUAL
#undef LOOP_FLATTEN
