#!/usr/bin/env node
import '../dist/node/app/main.js';
