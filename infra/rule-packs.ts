import { AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';

/** The rules of cdk-nag that the app is held against. The package leaves the choice to the app that uses it. */
export const RULE_PACKS = [AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks] as const;
