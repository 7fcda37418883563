#!/usr/bin/env node
/** What is started: sets V8 up before the first of the program's modules is loaded, which would let its young generation grow. */
import './nursery.js';

await import('./main.js');
