#!/usr/bin/env node
import { main } from "./program/main.js";

process.exit(await main(process.argv.slice(2)));
