"""What a plan and its read-back must hold before somebody signs: criteria, waivers, and the judgement."""
